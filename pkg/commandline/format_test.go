package commandline_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/commandline"
)

// TestEveryFormatSaysTheSame: whatever an answer holds, also what looks like a number, a date
// or a word of YAML's, a program reads the same of it in each format.
func TestEveryFormatSaysTheSame(t *testing.T) {
	odd := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"no", "~", "null", "0x1F", "1e3", "012", "2026-11-30", "=", "<<", "- a", "a: b", "# a", "é\u2028", " a", "a\n", "\ta\n b", "&a", "*a", "!a", "%a", "`", "?"}))
	type answer struct {
		Name   string            `json:"name"`
		Absent string            `json:"absent,omitempty"`
		Count  uint64            `json:"count"`
		Words  []string          `json:"words"`
		By     map[string]string `json:"by"`
		Whole  bool              `json:"whole"`
		Below  *answer           `json:"below"`
	}
	rapid.Check(t, func(t *rapid.T) {
		made := rapid.Custom(func(t *rapid.T) answer {
			return answer{Name: odd.Draw(t, "name"), Count: rapid.Uint64().Draw(t, "count"), Words: rapid.SliceOf(odd).Draw(t, "words"), By: rapid.MapOf(odd, odd).Draw(t, "by"), Whole: rapid.Bool().Draw(t, "whole")}
		})
		list := rapid.SliceOfN(made, 1, 4).Draw(t, "list")
		below := made.Draw(t, "below")
		list[0].Below = &below

		var want, got []answer
		read(t, commandline.JSON, list, json.Unmarshal, &want)
		read(t, commandline.YAML, list, fromYAML, &got)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("as YAML it is\n%+v, as JSON\n%+v", got, want)
		}
		got = nil
		for _, line := range strings.Split(strings.TrimSuffix(inFormat(t, commandline.JSONLines, list), "\n"), "\n") {
			var one answer
			if err := json.Unmarshal([]byte(line), &one); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			got = append(got, one)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("in lines it is\n%+v, as JSON\n%+v", got, want)
		}
	})
}

type fatal interface{ Fatal(...any) }

func inFormat(t fatal, f commandline.Format, answer any) string {
	var text bytes.Buffer
	if err := f.Write(&text, answer); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func read(t fatal, f commandline.Format, answer any, by func([]byte, any) error, into any) {
	if err := by([]byte(inFormat(t, f, answer)), into); err != nil {
		t.Fatal(err)
	}
}

// fromYAML reads YAML into what has the names of JSON.
func fromYAML(text []byte, into any) error {
	var read any
	if err := yaml.Unmarshal(text, &read); err != nil {
		return err
	}
	asJSON, err := json.Marshal(read)
	if err != nil {
		return err
	}
	return json.Unmarshal(asJSON, into)
}

// TestWhatComesOneAfterAnotherIsTakenApart by what a program reads it with.
func TestWhatComesOneAfterAnotherIsTakenApart(t *testing.T) {
	for f, want := range map[commandline.Format]string{commandline.JSON: "{\"a\":1}\n{\"a\":2}\n", commandline.JSONLines: "{\"a\":1}\n{\"a\":2}\n", commandline.YAML: "---\na: 1\n---\na: 2\n"} {
		var text bytes.Buffer
		for n := range 2 {
			if err := f.WriteNext(&text, map[string]int{"a": n + 1}); err != nil {
				t.Fatal(err)
			}
		}
		if text.String() != want {
			t.Errorf("%s: %q", f, text.String())
		}
	}
}
