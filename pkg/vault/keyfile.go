package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"sync"
)

// KeyID names a record key. The zero KeyID is the vault's own key, which is
// never erased.
type KeyID [16]byte

// keyFile holds the record keys that can be erased. They are not in the
// database, whose freed pages and whose backups would keep them.
//
// One small file: a generation key, wrapped under the vault key, then the
// record keys, each sealed under the generation key. A new key is appended and
// synced. To erase, a new generation is written without the erased keys,
// synced and put in the file's place; then the old file, which this process
// still holds open, is overwritten and let go. Old record keys are then
// readable only with the old generation key, and that is nowhere.
//
// Where that stops: a copy of the file made before, with the vault's secret,
// still opens what it held; drives that move blocks (SSDs) may keep the
// overwritten ones.
type keyFile struct {
	mu         sync.RWMutex
	path       string
	wrapping   []byte
	random     io.Reader
	file       *os.File
	generation uint64
	key        []byte // of this generation
	keys       map[KeyID][]byte
	entries    uint64
}

const (
	keysMagic = "PSDK\x01"
	keysHead  = len(keysMagic) + 8 + nonceSize + keySize + tagSize
	entrySize = nonceSize + len(KeyID{}) + keySize + tagSize
)

func createKeyFile(path string, wrapping []byte, random io.Reader) error {
	content, _, err := newGeneration(1, wrapping, nil, random)
	if err != nil {
		return err
	}
	return writeDurably(path, content)
}

// newGeneration writes a whole key file.
func newGeneration(number uint64, wrapping []byte, keys map[KeyID][]byte, random io.Reader) (content, key []byte, err error) {
	key = make([]byte, keySize)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, nil, err
	}
	head := binary.BigEndian.AppendUint64([]byte(keysMagic), number)
	content, err = seal(random, wrapping, head, key, head)
	if err != nil {
		return nil, nil, err
	}
	index := uint64(0)
	for id, k := range keys {
		if content, err = seal(random, key, content, append(id[:], k...), entryPlace(number, index)); err != nil {
			return nil, nil, err
		}
		index++
	}
	return content, key, nil
}

func entryPlace(generation, index uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, generation), index)
}

func openKeyFile(path string, wrapping []byte, random io.Reader) (*keyFile, error) {
	// A new generation that was not put in place holds what the present one
	// holds, or less; it goes.
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	k := &keyFile{path: path, wrapping: wrapping, random: random, file: file, keys: map[KeyID][]byte{}}
	if err := k.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("key file: %w", err), file.Close())
	}
	return k, nil
}

func (k *keyFile) load() error {
	content, err := io.ReadAll(k.file)
	if err != nil {
		return err
	}
	clear := len(keysMagic) + 8
	if len(content) < keysHead || string(content[:len(keysMagic)]) != keysMagic {
		return ErrDamaged
	}
	k.generation = binary.BigEndian.Uint64(content[len(keysMagic):])
	if k.key, err = open(k.wrapping, content[clear:keysHead], content[:clear]); err != nil {
		return err
	}
	rest := content[keysHead:]
	for len(rest) >= entrySize {
		entry, err := open(k.key, rest[:entrySize], entryPlace(k.generation, k.entries))
		if err != nil {
			if len(rest) < 2*entrySize {
				break // the last append was torn
			}
			return err
		}
		k.keys[KeyID(entry)] = entry[len(KeyID{}):]
		k.entries++
		rest = rest[entrySize:]
	}
	// A torn append sealed nothing: its transaction comes after its sync.
	return k.file.Truncate(k.end())
}

func (k *keyFile) end() int64 { return int64(keysHead) + int64(k.entries)*int64(entrySize) }

// get finds a key.
func (k *keyFile) get(id KeyID) ([]byte, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key, ok := k.keys[id]
	return key, ok
}

// add makes keys durable, in one sync.
func (k *keyFile) add(keys map[KeyID][]byte) error {
	if len(keys) == 0 {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var content []byte
	var err error
	index := k.entries
	for id, key := range keys {
		if content, err = seal(k.random, k.key, content, append(id[:], key...), entryPlace(k.generation, index)); err != nil {
			return err
		}
		index++
	}
	if _, err := k.file.WriteAt(content, k.end()); err != nil {
		return fmt.Errorf("add keys: %w", err)
	}
	if err := k.file.Sync(); err != nil {
		return fmt.Errorf("add keys: %w", err)
	}
	maps.Copy(k.keys, keys)
	k.entries = index
	return nil
}

// erase writes the next generation without the keys and destroys this one.
func (k *keyFile) erase(ids []KeyID) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	left := maps.Clone(k.keys)
	for _, id := range ids {
		delete(left, id)
	}
	if len(left) == len(k.keys) {
		return nil
	}
	content, key, err := newGeneration(k.generation+1, k.wrapping, left, k.random)
	if err != nil {
		return fmt.Errorf("erase keys: %w", err)
	}
	if err := writeDurably(k.path, content); err != nil {
		return fmt.Errorf("erase keys: %w", err)
	}
	next, err := os.OpenFile(k.path, os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("erase keys: %w", err)
	}
	old, size := k.file, k.end()
	k.file, k.generation, k.key, k.keys, k.entries = next, k.generation+1, key, left, uint64(len(left))
	if err := overwrite(old, size); err != nil {
		return fmt.Errorf("erase keys: overwrite the old generation: %w", err)
	}
	return nil
}

func (k *keyFile) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.file.Close()
}

// overwrite zeroes a file that no longer has a name, and lets it go.
func overwrite(file *os.File, size int64) error {
	_, err := file.WriteAt(make([]byte, size), 0)
	return errors.Join(err, file.Sync(), file.Close())
}

// writeDurably puts content at path at once or not at all, and returns when
// both file and name are on the disk.
func writeDurably(path string, content []byte) error {
	temporary := path + ".new"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
