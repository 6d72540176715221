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
// synced; to erase, the file is replaced (generation.go).
//
// Where that stops: a copy of the file made before, with the vault's secret,
// still opens what it held; drives that move blocks (SSDs) may keep the
// overwritten ones.
type keyFile struct {
	mu         sync.RWMutex
	path       string
	wrapping   []byte
	random     io.Reader
	file       *os.File // nil when it could not be opened after an erasure
	closed     bool
	generation uint64
	key        []byte // of this generation
	keys       map[KeyID][]byte
	entries    uint64
	syncDir    func(string) error // makes names durable; tests let it fail
}

const (
	keysMagic = "PSDK\x01"
	keysHead  = len(keysMagic) + 8 + nonceSize + keySize + tagSize
	// An entry is a key's id, the key, and the index at which the append it
	// came in began.
	entrySize = nonceSize + len(KeyID{}) + keySize + 8 + tagSize
)

func entryPlace(generation, index uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, generation), index)
}

// appendEntries seals keys as entries from an index on.
func appendEntries(content []byte, sealing []byte, generation, begin uint64, keys map[KeyID][]byte, random io.Reader) ([]byte, error) {
	index := begin
	for id, key := range keys {
		text := binary.BigEndian.AppendUint64(append(id[:], key...), begin)
		var err error
		if content, err = seal(random, sealing, content, text, entryPlace(generation, index)); err != nil {
			return nil, err
		}
		index++
	}
	return content, nil
}

func openKeyFile(path string, wrapping []byte, random io.Reader) (*keyFile, error) {
	if err := finishErasure(path); err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	k := &keyFile{path: path, wrapping: wrapping, random: random, file: file, keys: map[KeyID][]byte{}, syncDir: syncDir}
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
	if err := k.loadEntries(content[keysHead:]); err != nil {
		return err
	}
	// A torn append sealed nothing: its transaction comes after its sync.
	return k.file.Truncate(k.end())
}

// loadEntries reads entries up to the first that does not open. That is where
// the last append was torn, unless something that was appended after it opens:
// then it had been whole, and was damaged since.
func (k *keyFile) loadEntries(rest []byte) error {
	torn := false
	for index := uint64(0); len(rest) >= entrySize; index++ {
		entry, err := open(k.key, rest[:entrySize], entryPlace(k.generation, index))
		rest = rest[entrySize:]
		switch {
		case err != nil:
			torn = true
		case torn:
			if begin := binary.BigEndian.Uint64(entry[len(KeyID{})+keySize:]); begin > k.entries {
				return ErrDamaged
			}
		default:
			k.keys[KeyID(entry)] = entry[len(KeyID{}) : len(KeyID{})+keySize]
			k.entries++
		}
	}
	return nil
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
	if err := k.writable(); err != nil {
		return fmt.Errorf("add keys: %w", err)
	}
	content, err := appendEntries(nil, k.key, k.generation, k.entries, keys, k.random)
	if err != nil {
		return err
	}
	if _, err := k.file.WriteAt(content, k.end()); err != nil {
		return fmt.Errorf("add keys: %w", err)
	}
	if err := k.file.Sync(); err != nil {
		return fmt.Errorf("add keys: %w", err)
	}
	maps.Copy(k.keys, keys)
	k.entries += uint64(len(keys))
	return nil
}

// close closes the file and overwrites the keys. Nothing is added or erased
// afterwards: it would be sealed under keys that are zeros.
func (k *keyFile) close() (err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.file != nil {
		err = k.file.Close()
	}
	wipe(k.key)
	for _, key := range k.keys {
		wipe(key)
	}
	k.file, k.keys, k.closed = nil, nil, true
	return err
}

// writable is why the file cannot be written now.
func (k *keyFile) writable() error {
	switch {
	case k.closed:
		return ErrClosed
	case k.file == nil:
		return errKeysLost
	}
	return nil
}

// WriteDurably puts content at path at once or not at all, and returns when
// both file and name are on the disk.
func WriteDurably(path string, content []byte) error {
	if err := writeSynced(path+nextSuffix, content); err != nil {
		return err
	}
	if err := os.Rename(path+nextSuffix, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func writeSynced(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}
