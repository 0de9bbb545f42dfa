namespace MailOps.Sasl;

/// <summary>
/// LOGIN (draft-murchison-sasl-login): never standardised, still asked for by old clients and devices. The server asks
/// for the name, then for the password.
/// </summary>
internal sealed class LoginServer(ICredentialStore store) : ISaslServer
{
    private string? _user;

    /// <inheritdoc/>
    public string? User => _user;


    public string Mechanism => "LOGIN";

    public async ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancel)
    {
        // Clients know these two prompts by heart and compare them, down to the colon.
        if (response is not { } octets)
            return new SaslStep.Challenge("Username:"u8.ToArray());

        if (octets.Length > SaslLimits.MaxPassword || octets.Span.Contains((byte)0)
            || !StrictUtf8.TryDecode(octets.Span, out var text) || text.Length == 0)
        {
            return new SaslStep.Failure(SaslFailure.Malformed, _user);
        }

        if (_user is null)
        {
            _user = text;
            return new SaslStep.Challenge("Password:"u8.ToArray());
        }

        return await PasswordCheck.CheckAsync(store, string.Empty, _user, text, cancel).ConfigureAwait(false);
    }
}
