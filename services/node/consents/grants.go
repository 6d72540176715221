package consents

import (
	"fmt"
	"io"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// For finds the record that governs a recipient and purpose in a case, with the
// exclusions of its others and of the case. What belongs to the case is sealed
// under the key.
func (c *Consents) For(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose) (consent.Record, vault.KeyID, error) {
	r, of, _, err := c.governing(tx, label, to, purpose)
	return r, of.Key, err
}

func (c *Consents) governing(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose) (consent.Record, handoff.Case, book, error) {
	of, err := c.c.Cases.Of(tx, label)
	if err != nil {
		return consent.Record{}, handoff.Case{}, book{}, err
	}
	held, err := bookOf(tx, of)
	if err != nil {
		return consent.Record{}, handoff.Case{}, book{}, err
	}
	all, err := held.counting(tx)
	if err != nil {
		return consent.Record{}, handoff.Case{}, book{}, err
	}
	r := consent.Governing(all, to, purpose)
	r.ExcludedAgencies = append(r.ExcludedAgencies, of.Excluded...)
	return r, of, held, nil
}

// Feared are the agencies that a case excludes, in whatever record of it.
func (c *Consents) Feared(tx *vault.Tx, label string) ([]posada.AgencyID, error) {
	r, _, _, err := c.governing(tx, label, "", "")
	return r.ExcludedAgencies, err
}

// Grant makes what one recipient gets of a case's consent: for these
// categories, from now to the consent's end.
func (c *Consents) Grant(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose, categories posada.Set[posada.Category], o consent.Obligations) (string, error) {
	r, of, held, err := c.governing(tx, label, to, purpose)
	if err != nil {
		return "", err
	}
	id, err := posada.NewID[posada.GrantID](c.c.Random)
	if err != nil {
		return "", err
	}
	var drawn [64]byte
	if _, err := io.ReadFull(c.c.Random, drawn[:]); err != nil {
		return "", fmt.Errorf("make a grant: %w", err)
	}
	if held, err = c.withCode(tx, of, held); err != nil {
		return "", err
	}
	now := c.c.Now()
	key, err := c.c.Keys.Signer(now)
	if err != nil {
		return "", fmt.Errorf("make a grant: %w", err)
	}
	return consent.Grant{
		Network: c.c.Members.Get().Network(), Issuer: c.c.Agency, Audience: to, ID: id,
		Subject:  posada.IDFrom[posada.Alias](c.c.Vault.Pseudonym("alias", string(to), string(of.ID))),
		IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: consent.Ends(r.Expires, now).Unix(),
		Purpose: purpose, Categories: categories, Onward: held.onward(r, to, purpose), Obligations: o,
		Via:  c.c.Members.Get().Hub().Operator,
		Form: consent.FormCommitment([32]byte(drawn[:32]), r.Form), Revocation: consent.Digest(drawn[32:]),
		Withdrawal: held.Secret.WithdrawalCommitment(to),
	}.Sign(key)
}

// Use notes that a disclosure used the line of a case's consent for a
// recipient and purpose.
func (c *Consents) Use(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose, by posada.EventID) error {
	found, key, err := c.For(tx, label, to, purpose)
	if err != nil {
		return err
	}
	r, err := records.Get(tx, string(found.ID))
	if err != nil {
		return err
	}
	return records.Put(tx, string(r.ID), key, r.Used(to, purpose, by))
}
