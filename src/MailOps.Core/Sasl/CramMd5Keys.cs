namespace MailOps.Sasl;

/// <summary>What a server stores for CRAM-MD5 instead of a password.</summary>
/// <param name="Account">The account's canonical name.</param>
/// <param name="Context">The states of MD5 behind the outer and the inner padded key, 16 octets each, as Dovecot stores them.</param>
public sealed record CramMd5Keys(string Account, ReadOnlyMemory<byte> Context);
