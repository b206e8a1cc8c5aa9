/**
 * A reason not to start that the operator can do something about. Its message is shown alone,
 * without a stack, so it must say what was found, what was expected and what to do.
 */
export class StartRefusal extends Error {
  override name = "StartRefusal";
}
