using System.Net;
using MailKit.Security;
using MailOps.Sasl;

namespace MailOps.Client.Sessions;

/// <summary>NTLM, which the library knows, for a conversation of our own. For old servers of Windows; never taken unless it is named.</summary>
internal sealed class NtlmClient : ISaslClient
{
    /// <summary>The mechanism's name.</summary>
    public const string Name = "NTLM";

    private readonly SaslMechanismNtlm _library;

    /// <summary>An exchange for one attempt.</summary>
    /// <param name="credential">Who logs in, as <c>DOMAIN\user</c> or <c>user</c>.</param>
    public NtlmClient(NetworkCredential credential)
    {
        _library = new SaslMechanismNtlm(LoginOf(credential));
        InitialResponse = Step("");
    }

    /// <inheritdoc/>
    public string Mechanism => Name;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? InitialResponse { get; }

    /// <inheritdoc/>
    public bool IsComplete => _library.IsAuthenticated;

    /// <summary>The name with its domain apart.</summary>
    public static NetworkCredential LoginOf(NetworkCredential credential)
    {
        var parts = credential.UserName.Split('\\', 2);
        return parts.Length == 2 ? new NetworkCredential(parts[1], credential.Password, parts[0]) : new NetworkCredential(credential.UserName, credential.Password);
    }

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> StepAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancel) => new(Step(Convert.ToBase64String(challenge.Span)));

    private ReadOnlyMemory<byte> Step(string challenge)
    {
        try
        {
            return Convert.FromBase64String(_library.Challenge(challenge) ?? "");
        }
        catch (Exception e) when (e is MailKit.Security.SaslException or ArgumentException or FormatException)
        {
            throw new Sasl.SaslException($"The server's challenge is none of NTLM: {e.Message}");
        }
    }
}
