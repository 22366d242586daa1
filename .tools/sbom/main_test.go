package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestWrite describes the test program itself, which has no main version but a
// Go version and, as this module has requirements, dependencies.
func TestWrite(t *testing.T) {
	var out bytes.Buffer
	if err := write(&out, os.Args[0], "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	var got bom
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if got.Format != "CycloneDX" || got.Metadata.Component.Version != "v1.2.3" {
		t.Errorf("head: %+v", got)
	}
	if len(got.Components) != len(info.Deps)+1 || got.Components[0].Version != info.GoVersion {
		t.Errorf("%d components for %d modules and %s: %+v", len(got.Components), len(info.Deps), info.GoVersion, got.Components)
	}
	for _, c := range got.Components {
		if !strings.HasPrefix(c.PURL, "pkg:golang/") || c.Name == "" || c.Version == "" {
			t.Errorf("component: %+v", c)
		}
	}
	if write(&out, "main.go", "") == nil {
		t.Error("a file that is no program was described")
	}
}
