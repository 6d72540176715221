package consents

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// onward is whom a recipient may pass on to what it has for a purpose, each with its
// own commitment to the case's code.
func (b book) onward(r consent.Record, to posada.AgencyID, purpose posada.Purpose) []consent.OnwardTo {
	list := []consent.OnwardTo{}
	for _, id := range r.Onward(to, purpose) {
		list = append(list, consent.OnwardTo{Agency: id, Withdrawal: b.Secret.WithdrawalCommitment(id)})
	}
	return list
}

// Thirds are the agencies to which something granted in a case may have been passed on,
// of those whom a withdrawal is about, each with the secret of every code that something
// was granted under: before it is done, for it burns the one in force. A withdrawal from
// somebody else burned the others, and reached them with none. Where the withdrawal is by
// a code that was used before, that has reached them by itself.
func (c *Consents) Thirds(tx *vault.Tx, back consent.TakenBack) ([]consent.Third, error) {
	of, err := c.c.Cases.Of(tx, back.Label)
	if err != nil {
		return nil, err
	}
	held, err := bookOf(tx, of)
	if err != nil || back.Former {
		return nil, err
	}
	all, err := held.records(tx)
	var named []posada.AgencyID
	for _, r := range all {
		for _, a := range r.Allowances {
			// Also those she excluded since: it may have been passed on before.
			for _, id := range a.Onward {
				if id != c.c.Agency && (back.From == "" || back.From == id) && !slices.Contains(named, id) {
					named = append(named, id)
				}
			}
		}
	}
	var list []consent.Third
	for _, id := range named {
		for _, k := range held.secrets() {
			list = append(list, consent.Third{Agency: id, Secret: k.WithdrawalSecret(id)})
		}
	}
	return list, err
}

// PassOn makes what a third agency gets of a grant that this one holds, issued by this
// one: no category and no day more than that grant has, with the commitment to the
// person's code that whoever collected the consent made for it, and to be passed on to
// nobody. What the third calls her is a pseudonym of its own.
func (c *Consents) PassOn(given consent.Grant, to posada.AgencyID, categories posada.Set[posada.Category], o consent.Obligations) (string, error) {
	commitment, named := given.Names(to)
	if !named || !given.Categories.Covers(categories) || o.Onward != consent.OnwardNone {
		return "", ErrNotOnward
	}
	id, err := posada.NewID[posada.GrantID](c.c.Random)
	if err != nil {
		return "", err
	}
	var drawn [64]byte
	if _, err := io.ReadFull(c.c.Random, drawn[:]); err != nil {
		return "", fmt.Errorf("pass a grant on: %w", err)
	}
	now := c.c.Now()
	key, err := c.c.Keys.Signer(now)
	if err != nil {
		return "", fmt.Errorf("pass a grant on: %w", err)
	}
	return consent.Grant{
		Network: c.c.Members.Get().Network(), Issuer: c.c.Agency, Audience: to, ID: id,
		Subject:  posada.IDFrom[posada.Alias](c.c.Vault.Pseudonym("onward", string(to), string(given.Issuer), string(given.Subject))),
		IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: consent.Ends(time.Unix(given.Expires, 0), now).Unix(),
		Purpose: given.Purpose, Categories: categories, Onward: []consent.OnwardTo{}, Obligations: o,
		Via:  c.c.Members.Get().Hub().Operator,
		Form: consent.FormCommitment([32]byte(drawn[:32]), given.Form), Revocation: consent.Digest(drawn[32:]),
		Withdrawal: commitment,
	}.Sign(key)
}

// ErrNotOnward says that a grant lets nothing be passed on so.
var ErrNotOnward = errors.New("the grant does not let it be passed on")
