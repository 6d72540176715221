package staff

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// duty is when somebody is on call each week.
type duty struct {
	Hours []oncall.Hours `json:"hours"`
	Reach string         `json:"reach,omitempty"` // where she is told that something waits
}

// duties are kept under the person's identifier. Hers stay when she is disabled:
// that nobody takes her hours is to be seen.
var duties = vault.Table[duty]{Name: "on_call", Version: 1}

// OnCall is somebody who works here and when she is on call.
type OnCall struct {
	Member
	Hours []oncall.Hours
	Reach string
}

// maxReach is the longest address in bytes.
const maxReach = 200

// SetReach says where somebody who works here is told, while on call, that something
// waits; empty: nowhere.
func (s *Staff) SetReach(by, id posada.StaffID, address string) error {
	if len(address) > maxReach || strings.HasPrefix(address, "-") || strings.ContainsFunc(address, unicode.IsControl) {
		return fault.New(fault.Invalid, fault.BadReach, "most", strconv.Itoa(maxReach))
	}
	return s.vault.Update(func(tx *vault.Tx) error {
		if _, err := working(tx, id); err != nil {
			return err
		}
		d, err := duties.Get(tx, string(id))
		if err != nil && !vault.Gone(err) {
			return err
		}
		if len(d.Hours) == 0 {
			return fault.New(fault.Conflict, fault.NotOnCall)
		}
		d.Reach = address
		return errors.Join(duties.Put(tx, string(id), vault.KeyID{}, d), s.note(tx, by, audit.OnCallSet, id))
	})
}

// SetOnCall adds weekly hours to somebody's who works here.
func (s *Staff) SetOnCall(by, id posada.StaffID, h oncall.Hours) error {
	if h.Days.Empty() {
		return fault.New(fault.Invalid, fault.OnCallIncomplete)
	}
	return s.vault.Update(func(tx *vault.Tx) error {
		if _, err := working(tx, id); err != nil {
			return err
		}
		d, err := duties.Get(tx, string(id))
		if err != nil && !vault.Gone(err) {
			return err
		}
		if slices.Contains(d.Hours, h) {
			return nil
		}
		d.Hours = append(d.Hours, h)
		return errors.Join(duties.Put(tx, string(id), vault.KeyID{}, d), s.note(tx, by, audit.OnCallSet, id))
	})
}

// EndOnCall takes away hours that somebody has, or, where which is nil, all of
// hers; also of one who was disabled. fault.NotOnCall: she has no such hours.
func (s *Staff) EndOnCall(by, id posada.StaffID, which *oncall.Hours) error {
	return s.vault.Update(func(tx *vault.Tx) error {
		d, err := duties.Get(tx, string(id))
		if err != nil && !vault.Gone(err) {
			return err
		}
		left := slices.DeleteFunc(slices.Clone(d.Hours), func(h oncall.Hours) bool { return which == nil || h == *which })
		if len(left) == len(d.Hours) {
			return fault.New(fault.Conflict, fault.NotOnCall)
		}
		if len(left) == 0 {
			return errors.Join(duties.Delete(tx, string(id)), s.note(tx, by, audit.OnCallEnded, id))
		}
		return errors.Join(duties.Put(tx, string(id), vault.KeyID{}, duty{left, d.Reach}), s.note(tx, by, audit.OnCallEnded, id))
	})
}

// OnCall is everybody who works here and has hours, by name; the moment, and
// whether there are any hours at all: those of somebody who was disabled too.
func (s *Staff) OnCall() (list []OnCall, at time.Time, planned bool, err error) {
	everybody, err := s.List()
	if err != nil {
		return nil, time.Time{}, false, err
	}
	err = s.vault.View(func(tx *vault.Tx) error {
		for _, m := range everybody {
			d, err := duties.Get(tx, string(m.ID))
			if vault.Gone(err) {
				continue
			}
			if err != nil {
				return err
			}
			planned = true
			if m.Disabled.IsZero() {
				list = append(list, OnCall{m, d.Hours, d.Reach})
			}
		}
		return nil
	})
	return list, s.now(), planned, err
}
