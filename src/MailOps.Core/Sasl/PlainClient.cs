namespace MailOps.Sasl;

/// <summary>PLAIN (RFC 4616) from the client's side.</summary>
internal sealed class PlainClient : ISaslClient
{
    public PlainClient(string user, string password, string authorization = "")
    {
        if ((user + password + authorization).Contains('\0', StringComparison.Ordinal))
            throw new SaslException("PLAIN cannot carry a NUL character in a name or the password (RFC 4616 section 2).");

        InitialResponse = (byte[])[.. StrictUtf8.Encode(authorization), 0, .. StrictUtf8.Encode(user), 0, .. StrictUtf8.Encode(password)];
    }

    public string Mechanism => "PLAIN";

    public ReadOnlyMemory<byte>? InitialResponse { get; }

    public bool IsComplete => true;

    public ValueTask<ReadOnlyMemory<byte>> StepAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancel) =>
        ValueTask.FromException<ReadOnlyMemory<byte>>(new SaslException("The server sent a challenge where PLAIN has none."));
}
