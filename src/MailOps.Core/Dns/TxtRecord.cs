namespace MailOps.Dns;

/// <summary>A TXT record (RFC 1035 section 3.3.14).</summary>
/// <param name="Text">Its strings, put together without anything between them, read as UTF-8.</param>
/// <param name="Ttl">How long it may be kept.</param>
public sealed record TxtRecord(string Text, TimeSpan Ttl)
{
    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
