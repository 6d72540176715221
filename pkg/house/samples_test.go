package house_test

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/services/hub"
	"github.com/posada-exchange/posada/services/node"
)

// TestSamplesSayEverySettingAndItsDefault keeps deploy/*.yaml in step with the
// programs: each setting stands there, explained, with the value it has when it
// is left out, and in the order in which the program prints them.
func TestSamplesSayEverySettingAndItsDefault(t *testing.T) {
	sample(t, "deploy/hub.yaml", hub.Defaults())
	sample(t, "deploy/node.yaml", node.Defaults())
}

func sample[C comparable](t *testing.T, name string, defaults C) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), name))
	if err != nil {
		t.Fatal(err)
	}
	var empty C
	got, err := config.Load(strings.NewReader(string(text)), nil, empty)
	if err != nil {
		t.Fatal(err)
	}
	if got != defaults {
		t.Errorf("%s is not the defaults:\n%+v\n%+v", name, got, defaults)
	}
	lines := strings.Split(string(text), "\n")
	var said []string
	for i, line := range lines {
		setting, _, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		said = append(said, setting)
		if lines[max(i-1, 0)] == "" {
			t.Errorf("%s does not explain %s", name, setting)
		}
	}
	var want []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[C]()) {
		setting := field.Tag.Get("yaml")
		want = append(want, setting)
		if variable := field.Tag.Get("env"); variable != strings.ToUpper(setting) {
			t.Errorf("%s is %s in the environment", setting, variable)
		}
	}
	if !slices.Equal(said, want) {
		t.Errorf("%s says %v, want %v", name, said, want)
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// pages are the documents of the tree, by their path from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root(t), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" {
			if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root(t) {
				return filepath.SkipDir
			}
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(root(t), path)
		all[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d pages: %v", len(all), slices.Sorted(maps.Keys(all)))
	}
	return all
}
