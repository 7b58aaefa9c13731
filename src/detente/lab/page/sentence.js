import { S } from "./strings.js";

/** What a point says, by its kind (deal, none, unknown) and in a sentence; also what is said aloud. */
export function sentence(found, about) {
  if (found.problem) return ["unknown", S.verdict.problem(found.problem)];
  if (!about.decisive) return ["unknown", S.verdict.noDeal];
  if (found.decisive === null) return ["unknown", S.verdict.problem(S.verdict.unknown)];
  const unit = about.outcomes[about.decisive]?.unit ?? "";
  return found.decisive > 0 ? ["deal", S.verdict.yes(found.decisive, unit)] : ["none", S.verdict.no(found.decisive, unit)];
}
