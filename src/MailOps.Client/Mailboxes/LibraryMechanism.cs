using System.Net;
using MailOps.Sasl;

namespace MailOps.Client.Mailboxes;

/// <summary>One of our mechanisms as the library runs it: every mechanism is there once, with its checks of the server.</summary>
/// <param name="client">The mechanism.</param>
/// <param name="credential">Who logs in.</param>
/// <param name="secrets">Takes what is sent, in base64: it may be the password or the token.</param>
internal sealed class LibraryMechanism(ISaslClient client, NetworkCredential credential, ICollection<string> secrets) : MailKit.Security.SaslMechanism(credential)
{
    // A constant of the mechanism is no secret, and would mask half of a reply.
    private const int ShortestSecret = 8;

    private bool _started;

    /// <inheritdoc/>
    public override string MechanismName => client.Mechanism;

    // The library writes nothing where RFC 4959 has "=" for an empty one: that answers the server's first challenge instead.
    /// <inheritdoc/>
    public override bool SupportsInitialResponse => client.InitialResponse is { IsEmpty: false };

    /// <inheritdoc/>
    protected override byte[]? Challenge(byte[]? token, int startIndex, int length, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The exchange is asynchronous: deriving a key takes its time.");

    /// <inheritdoc/>
    protected override async Task<byte[]?> ChallengeAsync(byte[]? token, int startIndex, int length, CancellationToken cancellationToken)
    {
        var isFirst = !_started;
        _started = true;
        var response = isFirst && client.InitialResponse is { } initial
            ? initial
            : token is null
                ? throw new SaslException("The server's challenge is not base64.")
                : await client.StepAsync(token.AsMemory(startIndex, length), cancellationToken).ConfigureAwait(false);
        if (Convert.ToBase64String(response.Span) is { Length: >= ShortestSecret } text)
            secrets.Add(text);
        return response.ToArray();
    }
}
