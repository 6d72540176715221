package decisions

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/decision"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// policyOfOwn is the agency's own policy, as it was set.
type policyOfOwn struct {
	Text []byte `json:"text"`
}

var owns = vault.Table[policyOfOwn]{Name: "own_policy", Version: 1}

// readOwn reads the agency's own policy. Where it cannot be read the node does not
// start: it would give what its agency said it never would.
func readOwn(v *vault.Vault) (own pdp.Own, err error) {
	var kept policyOfOwn
	err = v.View(func(tx *vault.Tx) (err error) {
		kept, err = owns.Get(tx, only)
		return err
	})
	if errors.Is(err, vault.ErrNotFound) {
		return own, nil
	}
	if err == nil {
		own, err = pdp.ReadOwn(kept.Text)
	}
	if err != nil {
		return own, fmt.Errorf("the agency's own policy: %w", err)
	}
	return own, nil
}

// OwnPolicy is the agency's own policy as it counts now.
func (d *Decisions) OwnPolicy() (decision.Own, error) { return decision.OwnOf(d.c.Policy.Get()) }

// SetOwn puts another policy of the agency's own in the place of the one there is. It may
// ask for more than the network's does and for nothing less, and show its people less and
// nothing more; whatever it says, both are asked. It counts when this returns; of what waits to be sent the next attempt
// decides.
func (d *Decisions) SetOwn(ctx context.Context, by posada.StaffID, text []byte) error {
	own, err := pdp.ReadOwn(text)
	if err != nil {
		return fault.New(fault.Invalid, fault.OwnPolicyWrong).Because(err)
	}
	engine := d.c.Policy.Get()
	var cells []string
	for _, c := range engine.Wider(own) {
		cells = append(cells, fmt.Sprintf("%s/%s/%s", c.Class, c.Purpose, c.Category))
	}
	for _, l := range engine.WiderView(own) {
		cells = append(cells, fmt.Sprintf("%s/%s", l.Role, l.Category))
	}
	if len(cells) > 0 {
		return fault.New(fault.Refused, fault.OwnPolicyWider, "cells", strings.Join(cells, ", "))
	}
	return d.keepOwn(ctx, by, own)
}

// ClearOwn lets the network's policy count alone.
func (d *Decisions) ClearOwn(ctx context.Context, by posada.StaffID) error {
	return d.keepOwn(ctx, by, pdp.Own{})
}

func (d *Decisions) keepOwn(ctx context.Context, by posada.StaffID, own pdp.Own) error {
	text, err := own.Text()
	if err != nil {
		return err
	}
	if _, err := d.c.Policy.Get().Under(ctx, own); err != nil {
		return err
	}
	err = d.c.Vault.Update(func(tx *vault.Tx) error {
		return errors.Join(owns.Put(tx, only, vault.KeyID{}, policyOfOwn{text}), audit.Append(tx, audit.Entry{
			At: d.c.Now(), By: by, Act: audit.OwnPolicySet,
		}))
	})
	if err != nil {
		return err
	}
	if err := d.c.Policy.Narrow(ctx, own); err != nil {
		return err
	}
	d.c.Changed()
	return nil
}
