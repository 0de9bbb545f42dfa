namespace MailOps.Sasl;

/// <summary>PLAIN (RFC 4616) from the client's side.</summary>
internal sealed class PlainClient : ISaslClient
{
    public PlainClient(string user, string password)
    {
        if (user.Contains('\0', StringComparison.Ordinal) || password.Contains('\0', StringComparison.Ordinal))
            throw new SaslException("PLAIN cannot carry a NUL character in the user name or the password (RFC 4616 section 2).");

        var (name, secret) = (StrictUtf8.Encode(user), StrictUtf8.Encode(password));
        InitialResponse = (byte[])[0, .. name, 0, .. secret];
    }

    public string Mechanism => "PLAIN";

    public ReadOnlyMemory<byte>? InitialResponse { get; }

    public bool IsComplete => true;

    public ValueTask<ReadOnlyMemory<byte>> StepAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancel) =>
        ValueTask.FromException<ReadOnlyMemory<byte>>(new SaslException("The server sent a challenge where PLAIN has none."));
}
