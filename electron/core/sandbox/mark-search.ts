/** In bash builtins alone: `marked PID` holds where the process has `$mark`, a whole `NAME=value`, in its environment. */
export const markedFunction = `marked() {
  local entry
  while IFS= read -r -d '' entry; do [ "$entry" = "$mark" ] && return 0; done 2>/dev/null < "/proc/$1/environ"
  return 1
}`;
