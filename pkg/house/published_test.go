package house_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAPublishedTextNeverChanges: a version of what is read to people is what they heard
// and signed. Each package with texts pins all of them, and so does one that comes.
func TestAPublishedTextNeverChanges(t *testing.T) {
	found, err := filepath.Glob(filepath.Join(root(t), "pkg", "*", "texts"))
	if err != nil || len(found) < 2 {
		t.Fatalf("%d packages have texts, %v", len(found), err)
	}
	for _, texts := range found {
		of := filepath.Dir(texts)
		pinned, err := os.ReadFile(filepath.Join(of, "testdata", "published.txt"))
		if err != nil {
			t.Fatal(err)
		}
		var now strings.Builder
		count := 0
		err = filepath.WalkDir(texts, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			name, wrong := filepath.Rel(of, path)
			if err != nil || wrong != nil {
				return fmt.Errorf("%w, %w", err, wrong)
			}
			count++
			fmt.Fprintf(&now, "%x  %s\n", sha256.Sum256(text), filepath.ToSlash(name))
			return nil
		})
		if err != nil || count < 2 {
			t.Fatalf("%s: %d texts, %v", filepath.Base(of), count, err)
		}
		if now.String() != string(pinned) {
			t.Errorf("%s: a published text changed, or a new one is not pinned:\n%s", filepath.Base(of), now.String())
		}
	}
}
