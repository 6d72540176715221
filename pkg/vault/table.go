package vault

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Table is a bucket of records of one Go type, each written with the version
// of its form. A record of a newer version is refused (ErrNewer), so that an
// older program never rewrites what it does not understand.
type Table[Record any] struct {
	Name    Bucket
	Version byte
}

// Put writes a record.
func (t Table[R]) Put(tx *Tx, name string, under KeyID, record R) error {
	value, err := t.encode(record)
	if err != nil {
		return err
	}
	return tx.Put(t.Name, name, under, value)
}

// Get reads a record.
func (t Table[R]) Get(tx *Tx, name string) (R, error) {
	value, err := tx.Get(t.Name, name)
	if err != nil {
		var none R
		return none, err
	}
	return t.decode(value)
}

// Delete removes a record.
func (t Table[R]) Delete(tx *Tx, name string) error { return tx.Delete(t.Name, name) }

// Each calls fn for every record that is not erased.
func (t Table[R]) Each(tx *Tx, fn func(name string, record R) error) error {
	return tx.Each(t.Name, func(name string, value []byte) error {
		record, err := t.decode(value)
		if err != nil {
			return err
		}
		return fn(name, record)
	})
}

// All are the records that are not erased, in no order that means anything.
func (t Table[R]) All(tx *Tx) (list []R, err error) {
	return list, t.Each(tx, func(_ string, record R) error { list = append(list, record); return nil })
}

// Append adds a record to a log.
func (t Table[R]) Append(tx *Tx, under KeyID, record R) (uint64, error) {
	value, err := t.encode(record)
	if err != nil {
		return 0, err
	}
	return tx.Append(t.Name, under, value)
}

// Log calls fn for every record of a log, in order, from a number on.
func (t Table[R]) Log(tx *Tx, from uint64, fn func(n uint64, record R) error) error {
	return tx.Log(t.Name, from, func(n uint64, value []byte) error {
		record, err := t.decode(value)
		if err != nil {
			return err
		}
		return fn(n, record)
	})
}

// Last is the newest record of a log.
func (t Table[R]) Last(tx *Tx) (uint64, R, error) {
	var none R
	n, value, err := tx.Last(t.Name)
	if err != nil {
		return 0, none, err
	}
	record, err := t.decode(value)
	return n, record, err
}

func (t Table[R]) encode(record R) ([]byte, error) {
	text := bytes.NewBuffer([]byte{t.Version})
	encoder := json.NewEncoder(text)
	// Raw JSON inside a record is somebody's signed bytes: it must come back as
	// it was, and not with &, < and > spelled for a web page.
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(record); err != nil {
		return nil, fmt.Errorf("write record: %w", err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

func (t Table[R]) decode(value []byte) (R, error) {
	var record R
	if len(value) == 0 {
		return record, ErrDamaged
	}
	if value[0] > t.Version {
		return record, ErrNewer
	}
	// The text may be somebody's data: its error is not passed on.
	if err := json.Unmarshal(value[1:], &record); err != nil {
		return record, ErrDamaged
	}
	return record, nil
}
