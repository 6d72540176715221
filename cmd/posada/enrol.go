package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/words"
)

// leastPassphrase is how many characters a new passphrase has at least: whoever
// takes the file can try as many as there is time for.
const leastPassphrase = 12

// readFile reads a file by its own reader; the error is about that file.
func readFile[T any](c *cli, path string, read func([]byte) (T, error)) (value T, err error) {
	c.subject = path
	text, err := os.ReadFile(path)
	if err != nil {
		return value, err
	}
	return read(text)
}

// writeNew writes a file that is not there yet. What it holds is public.
func (c *cli) writeNew(path string, text []byte) error {
	if err := c.free(path); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Sync(), file.Close())
}

// free refuses to write over any of the files.
func (c *cli) free(paths ...string) error {
	for _, path := range paths {
		_, err := os.Lstat(path)
		if err == nil {
			c.subject = path
			return errExists
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// newPassphrase has a person choose a passphrase: typed twice, or from a file.
func (c *cli) newPassphrase(ctx context.Context, file, prompt string) ([]byte, error) {
	first, err := c.secretText(ctx, file, prompt)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCount(first) < leastPassphrase {
		return nil, errShort
	}
	if file != "" {
		return first, nil
	}
	again, err := c.secretText(ctx, "", c.Text("enrol.prompt_again"))
	if err != nil {
		return nil, err
	}
	defer clear(again)
	if !bytes.Equal(first, again) {
		return nil, errNotTwice
	}
	return first, nil
}

// keyInWords is a key as people say it to each other.
func (c *cli) keyInWords(key jose.PublicKey) string {
	indexes, err := words.Fingerprint(key)
	if err != nil {
		return ""
	}
	return c.inWords(indexes)
}

// digestInWords is a digest as people say it to each other.
func (c *cli) digestInWords(digest [sha256.Size]byte) string {
	return c.inWords(words.FingerprintOf(digest))
}

// networkInWords is a network as people say it: the digest of its first root.
func (c *cli) networkInWords(pin string) string {
	raw, err := hex.DecodeString(pin)
	if err != nil || len(raw) != sha256.Size {
		return ""
	}
	return c.digestInWords([sha256.Size]byte(raw))
}

func (c *cli) inWords(indexes []words.Index) string {
	text, err := words.Write(indexes, words.Language(c.Language()))
	if err != nil {
		return ""
	}
	return text
}

// practice says above all else that nothing here is real.
func (p *page) practice(is bool) {
	if is {
		p.say("enrol.practice")
		p.line("")
	}
}

// class reads an agency's class as it is typed.
func (c *cli) class(text string) (posada.AgencyClass, error) {
	if class := posada.AgencyClass(text); posada.Known(class) {
		return class, nil
	}
	return "", commandline.UsageError(c.Text("enrol.no_class", "class", text))
}

// in is a path in a folder.
func in(dir, name string) string { return filepath.Join(dir, name) }

// writeSecret writes a secret to a file that is not there yet.
func (c *cli) writeSecret(path string, text []byte) error {
	if err := c.free(path); err != nil {
		return err
	}
	if err := config.WriteSecret(path, text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
