package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
)

// Erasing replaces the key file by one without the erased keys, sealed under a
// new generation key, and then overwrites the old one. Names while that goes
// on, and what is found of them after a crash:
//
//	.new  the next generation, until it is in place: overwritten and removed
//	.old  a second name of the present generation, until it was overwritten:
//	      if it is the file still in place nothing was erased, and only the
//	      name goes; else it is overwritten and removed
//
// The second name keeps the old blocks from being freed, unwritten, by a crash.
const (
	nextSuffix = ".new"
	oldSuffix  = ".old"
)

// errKeysLost says that the key file could not be opened after an erasure. It
// is whole on the disk; the next start reads it.
var errKeysLost = errors.New("the key file could not be opened again")

func createKeyFile(path string, wrapping []byte, random io.Reader) error {
	content, _, err := newGeneration(1, wrapping, nil, random)
	if err != nil {
		return err
	}
	return WriteDurably(path, content)
}

// newGeneration writes a whole key file.
func newGeneration(number uint64, wrapping []byte, keys map[KeyID][]byte, random io.Reader) (content, key []byte, err error) {
	key = make([]byte, keySize)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, nil, err
	}
	head := binary.BigEndian.AppendUint64([]byte(keysMagic), number)
	if content, err = seal(random, wrapping, head, key, head); err != nil {
		return nil, nil, err
	}
	content, err = appendEntries(content, key, number, 0, keys, random)
	return content, key, err
}

// erase writes the next generation without the keys and destroys this one.
func (k *keyFile) erase(ids []KeyID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.writable(); err != nil {
		return fmt.Errorf("erase keys: %w", err)
	}
	left := maps.Clone(k.keys)
	for _, id := range ids {
		delete(left, id)
	}
	if len(left) == len(k.keys) {
		// Nothing of it is left to erase, but an erasure before may have
		// failed on its way.
		return errors.Join(k.syncDir(filepath.Dir(k.path)), finishErasure(k.path))
	}
	content, key, err := newGeneration(k.generation+1, k.wrapping, left, k.random)
	if err != nil {
		return fmt.Errorf("erase keys: %w", err)
	}
	replaced, err := k.replace(content)
	if replaced {
		// Whatever else failed, this is what the file holds now.
		// The erased keys are let go and not overwritten: a transaction may be
		// sealing with one at this moment.
		wipe(k.key)
		k.generation, k.key, k.keys, k.entries = k.generation+1, key, left, uint64(len(left))
	}
	if err != nil {
		return fmt.Errorf("erase keys: %w", err)
	}
	if err := Destroy(k.path + oldSuffix); err != nil {
		return fmt.Errorf("erase keys: overwrite the old generation: %w", err)
	}
	return nil
}

// replace puts content in the file's place and leaves what stood there under
// its second name. It reports whether it stands there, also where something
// failed after that.
func (k *keyFile) replace(content []byte) (replaced bool, err error) {
	if err := errors.Join(finishErasure(k.path), writeSynced(k.path+nextSuffix, content)); err != nil {
		return false, err
	}
	if err := errors.Join(os.Link(k.path, k.path+oldSuffix), k.syncDir(filepath.Dir(k.path))); err != nil {
		return false, err
	}
	// Not every system lets a file be replaced that is open.
	closed := k.file.Close()
	k.file = nil
	renamed := os.Rename(k.path+nextSuffix, k.path)
	file, opened := os.OpenFile(k.path, os.O_RDWR, 0o600)
	if opened == nil {
		k.file = file
	}
	return renamed == nil, errors.Join(closed, renamed, opened, k.syncDir(filepath.Dir(k.path)))
}

// finishErasure ends what a crash interrupted.
func finishErasure(path string) error {
	present, err := os.Stat(path)
	if err != nil {
		return err
	}
	if old, err := os.Stat(path + oldSuffix); err == nil && os.SameFile(present, old) {
		if err := os.Remove(path + oldSuffix); err != nil {
			return err
		}
	}
	return errors.Join(Destroy(path+oldSuffix), Destroy(path+nextSuffix))
}

// Destroy overwrites a file with zeros and removes it; none is no error.
func Destroy(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil {
		_, err = file.WriteAt(make([]byte, info.Size()), 0)
	}
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return errors.Join(os.Remove(path), syncDir(filepath.Dir(path)))
}
