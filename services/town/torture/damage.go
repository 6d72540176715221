package torture

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// flips turns over one bit of each of a few files of a store whose program does not run, or
// cuts a file's end off. What a disk does to a file it does without telling anybody.
func flips(store string, random *rand.Rand) error {
	var files []string
	err := filepath.WalkDir(store, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		return err
	}
	for range 1 + random.IntN(4) {
		path := files[random.IntN(len(files))]
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if len(text) == 0 {
			continue
		}
		at := random.IntN(len(text))
		if random.IntN(4) == 0 {
			text = text[:at]
		} else {
			text[at] ^= 1 << random.IntN(8)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
