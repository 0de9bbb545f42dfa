namespace MailOps.Sasl;

/// <summary>CRAM-MD5 (RFC 2195) from the client's side. It does not prove the server.</summary>
internal sealed class CramMd5Client : ISaslClient
{
    private readonly string _user;
    private readonly byte[] _context;

    public CramMd5Client(string user, string password)
    {
        _user = user;
        StrictUtf8.Encode(password);
        _context = KeyedMd5.ContextOf(password);
    }

    public string Mechanism => "CRAM-MD5";

    public ReadOnlyMemory<byte>? InitialResponse => null;

    public bool IsComplete { get; private set; }

    public ValueTask<ReadOnlyMemory<byte>> StepAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancel)
    {
        if (IsComplete)
            throw new SaslException("The server sent a second challenge where CRAM-MD5 has one.");
        // A server without a challenge of its own would have an answer that serves for ever.
        if (challenge.IsEmpty || challenge.Length > SaslLimits.MaxMessage)
            throw new SaslException($"The server sent a CRAM-MD5 challenge of {challenge.Length} octets.");

        IsComplete = true;
        return ValueTask.FromResult<ReadOnlyMemory<byte>>(StrictUtf8.Encode($"{_user} {Convert.ToHexStringLower(KeyedMd5.Digest(_context, challenge.Span))}"));
    }
}
