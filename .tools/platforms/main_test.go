package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":           "module example.test/x\n\ngo 1.26\n",
		"main.go":          "package main\n\nimport \"example.test/x/in\"\n\nfunc main() { in.Side() }\n",
		"in/in.go":         "package in\n\nfunc Side() { var large int = 1 << 40; _ = large }\n",
		"in/in_windows.go": "package in\n\nvar Missing = nowhere\n",
		"other/other.go":   "package other\n\nvar Missing = nowhere\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	source := newSource() // for all, as the command has it
	for platform, want := range map[string]int{"linux/amd64": 0, "linux/arm/7": 1, "windows/amd64": 1} {
		t.Run(platform, func(t *testing.T) {
			problems, err := source.check(dir, platform)
			if err != nil || len(problems) != want {
				t.Errorf("%q, %v, not %d problems", problems, err, want)
			}
		})
	}
	if _, err := source.check(dir, "linux"); err == nil {
		t.Error("linux is no platform")
	}
}
