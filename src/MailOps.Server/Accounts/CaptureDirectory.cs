using MailOps.Maildir.Names;
using MailOps.Sasl;
using MailOps.Server.Accounts.Addresses;

namespace MailOps.Server.Accounts;

/// <summary>
/// A directory that knows everybody: each address has a mailbox, each name and password logs in. For a server that
/// catches what an application under test sends. SCRAM needs to know the password beforehand and is not offered.
/// </summary>
internal sealed class CaptureDirectory : IMailDirectory
{
    private readonly string _defaultDomain;

    /// <summary>Everybody.</summary>
    /// <param name="domains">Names without a domain belong to the first.</param>
    /// <exception cref="ArgumentException">No domain, or one that is none.</exception>
    public CaptureDirectory(IReadOnlyList<string> domains) => ServedDomains.Parse(domains, out _defaultDomain);

    public bool Serves(string address) => true;

    public ValueTask<string?> VerifyPasswordAsync(string user, string password, CancellationToken cancel) =>
        ValueTask.FromResult(NameOf(user));

    public ValueTask<ScramKeys?> FindScramKeysAsync(string user, string mechanism, CancellationToken cancel) =>
        ValueTask.FromResult<ScramKeys?>(null);

    public ValueTask<RecipientAnswer> FindRecipientAsync(string address, CancellationToken cancel) =>
        ValueTask.FromResult(NameOf(address) is { } name ? RecipientAnswer.Deliver(new Addressee(name, address.Contains('@', StringComparison.Ordinal) ? address : name)) : RecipientAnswer.UnknownUser);

    public IReadOnlyList<AddressStep> Trace(string address) =>
        NameOf(address) is { } name ? [new AddressStep(AddressStepKind.Account, address, name, [])] : [];

    public string? Canonical(string address) => NameOf(address);

    public ValueTask<bool> MaySendAsAsync(string account, string address, CancellationToken cancel) => ValueTask.FromResult(true);

    public ValueTask<CramMd5Keys?> FindCramMd5KeysAsync(string user, CancellationToken cancel) => ValueTask.FromResult<CramMd5Keys?>(null);

    public ValueTask<string?> FindAccountAsync(string user, CancellationToken cancel) => ValueTask.FromResult(NameOf(user));

    public (string Account, string Password)? FindPlainPassword(string user) => null;

    public bool OffersScram(string mechanism) => false;

    public bool OffersCramMd5 => false;

    public bool OffersApop => false;

    // Quoted local parts, address literals and newer scripts are taken as they come; the store finds a safe path for them.
    private string? NameOf(string text)
    {
        if (AccountName.TryParse(text, _defaultDomain, out var name))
            return name;

        var at = text.LastIndexOf('@');
        var (local, domain) = at < 0 ? (text, _defaultDomain) : (text[..at], text[(at + 1)..]);
        if (local.Length is 0 or > 64 || domain.Length is 0 or > 255 || text.Any(char.IsControl))
            return null;

        // What the store cannot keep is refused by name, before it takes the other recipients' message down with it.
        // The same domain is the same, whichever local part stands before it.
        name = $"{local.Normalize()}@{(AccountName.TryDomain(domain, out var ascii) ? ascii : domain)}".ToLowerInvariant();
        return AccountPath.TryToDirectory(name, out _) ? name : null;
    }
}
