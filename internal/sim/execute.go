package sim

import "strings"

// executeScript implements /execute for one script, :put with a text without variables. It
// runs in the background, as a job whose id is the reply; with as-string the reply is what
// it puts out (RouterOS 7; that 6 has it is assumed). What is put out for another script,
// as the text of an error, is assumed.
func (x *call) executeScript() error {
	if err := x.accept("script", "as-string", "file"); err != nil {
		return err
	}
	script, ok := x.arg("script")
	if !ok {
		return argument(missing, "script")
	}
	text, ok := strings.CutPrefix(strings.TrimSpace(script), ":put ")
	if !ok {
		text = "bad command name " + script + " (line 1 column 1)"
	}
	x.ret = []string{"ret", "*1"}
	if x.has("as-string") {
		x.ret[1] = strings.Trim(text, `"`)
	}
	return nil
}
