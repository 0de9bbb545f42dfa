using System.Text;
using MailOps.Server.Connections;
using MailOps.Trust.Arc;
using MailOps.Trust.Dkim;

namespace MailOps.Server.Queue.Signing;

/// <summary>
/// Signs what is sent to other servers (RFC 6376), when it is taken: each try then sends the same. Mail is signed by the domain of its author,
/// where that has keys in the store that are active. A key that cannot be used neither loses nor delays mail: it goes without that signature.
/// </summary>
/// <param name="storePath">The store's folder.</param>
/// <param name="events">Hears of keys that cannot sign.</param>
/// <param name="clock">The time.</param>
internal sealed class OutboundSigner(string storePath, ServerEvents events, TimeProvider clock)
{
    private static readonly DkimSigningOptions Usual = new();

    private readonly string _folder = Path.Combine(storePath, DkimKeyStore.FolderName);

    private readonly SigningKeys _keys = new(new DkimKeyStore(storePath), fault => events.Publish(new ServerFaulted
    {
        Time = clock.GetUtcNow(),
        Exception = new DkimKeyException(fault.Fault, $"Mail is sent without the DKIM signature of a key that cannot be used. {fault.Message}", fault),
    }));

    /// <summary>Begins a message, which is given to the result as it is sent.</summary>
    /// <returns>Null where the store has no keys.</returns>
    public DkimSigner? Begin() => Directory.Exists(_folder) ? new DkimSigner(Usual) : null;

    /// <summary>Signs a message on a thread that may compute.</summary>
    /// <param name="signer">The message, taken to its end.</param>
    /// <returns>The fields to be sent before it; null if its author's domain has no key, or its header cannot be vouched for.</returns>
    public async ValueTask<string?> SignAsync(DkimSigner signer) =>
        signer.AuthorDomain() is { } domain && _keys.Has(domain) ? await Task.Run(() => Sign(signer, domain)) : null;

    /// <summary>Begins a message that may be sealed when it is forwarded (RFC 8617), which is given to the result as it is sent.</summary>
    /// <returns>Null where the store has no keys.</returns>
    public ArcMessage? BeginSealing() => Directory.Exists(_folder) ? new ArcMessage() : null;

    /// <summary>True if a domain has a key to seal with.</summary>
    public bool Seals(string domain) => _keys.Has(domain);

    /// <summary>Seals a message on a thread that may compute, with a key of RSA where there is one: few verifiers know others.</summary>
    /// <param name="message">The message, taken to its end.</param>
    /// <param name="chain">Its chain.</param>
    /// <param name="status">What the chain is worth.</param>
    /// <param name="results">What this server found of the message.</param>
    /// <param name="domain">The domain in whose name it is sealed.</param>
    /// <returns>The fields to be sent before it; null if there are none.</returns>
    public Task<string?> SealAsync(ArcMessage message, ArcChain chain, ArcStatus status, string results, string domain) => Task.Run(() =>
    {
        var keys = _keys.For(domain);
        return (keys.FirstOrDefault(key => key.Algorithm.StartsWith("rsa-", StringComparison.Ordinal)) ?? keys.FirstOrDefault()) is { } key
            ? ArcSealer.Seal(message, chain, status, results, key, clock.GetUtcNow())
            : null;
    });

    private string? Sign(DkimSigner signer, string domain)
    {
        var signed = signer.Sign(_keys.For(domain), clock.GetUtcNow());
        return signed.Reason is DkimUnsigned.None ? Encoding.ASCII.GetString(signed.Fields.Span) : null;
    }
}
