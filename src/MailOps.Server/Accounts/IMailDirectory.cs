using MailOps.Sasl;
using MailOps.Server.Accounts.Addresses;

namespace MailOps.Server.Accounts;

/// <summary>Who has an account here: recipients on one side, credentials on the other.</summary>
internal interface IMailDirectory : ICredentialStore
{
    /// <summary>Decides what becomes of mail for an address.</summary>
    /// <param name="address">The address without angle brackets, as the client gave it: <c>local@domain</c>, or only <c>postmaster</c> (RFC 5321 section 4.5.1).</param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask<RecipientAnswer> FindRecipientAsync(string address, CancellationToken cancel);

    /// <summary>True if the domain of an address is served here, or it has none.</summary>
    /// <param name="address">The address without angle brackets.</param>
    bool Serves(string address);

    /// <summary>The steps that lead from an address to its accounts, for people; none for what is no address, or no address here.</summary>
    /// <param name="address">The address without angle brackets.</param>
    /// <exception cref="IOException">The accounts cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The accounts may not be read.</exception>
    IReadOnlyList<AddressStep> Trace(string address);

    /// <summary>The form of an address that all spellings have in common which the rules of its domain take for the same; null for what is no address.</summary>
    /// <param name="address">The address without angle brackets.</param>
    /// <exception cref="IOException">The accounts cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The accounts may not be read.</exception>
    string? Canonical(string address);

    /// <summary>Whether an account may send as an address: its own, an alias of its, or a form of either with a detail.</summary>
    /// <param name="account">The account that logged in.</param>
    /// <param name="address">The address without angle brackets.</param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask<bool> MaySendAsAsync(string account, string address, CancellationToken cancel);

    /// <summary>Whether a SCRAM mechanism can be offered: false if some account could not log in by it.</summary>
    /// <param name="mechanism"><c>SCRAM-SHA-256</c> or <c>SCRAM-SHA-1</c>.</param>
    bool OffersScram(string mechanism);

    /// <summary>Whether CRAM-MD5 can be offered: false if some account could not log in by it, or none could.</summary>
    bool OffersCramMd5 { get; }

    /// <summary>Whether APOP can be offered, which needs the passwords themselves: false if some account could not log in by it, or none could.</summary>
    bool OffersApop { get; }

    /// <summary>The password of an account with its canonical name, or null if there is no such account or only a hash of its password is stored.</summary>
    /// <param name="user">The name as the client sent it.</param>
    (string Account, string Password)? FindPlainPassword(string user);
}
