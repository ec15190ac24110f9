/** Why nothing can be answered. */
export const cutOff = "The connection is lost: nothing can be answered until it is back";
/** What became of a press that came too soon. */
export const onlyJustShown = "It had only just come up: read it, then answer again";
