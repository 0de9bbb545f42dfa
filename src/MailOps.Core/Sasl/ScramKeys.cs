namespace MailOps.Sasl;

/// <summary>What a server stores for SCRAM instead of a password (RFC 5802 section 3).</summary>
/// <param name="Account">The account's canonical name.</param>
/// <param name="Iterations">The PBKDF2 iteration count.</param>
/// <param name="Salt">The salt.</param>
/// <param name="StoredKey">H(ClientKey).</param>
/// <param name="ServerKey">HMAC(SaltedPassword, "Server Key").</param>
public sealed record ScramKeys(string Account, int Iterations, ReadOnlyMemory<byte> Salt, ReadOnlyMemory<byte> StoredKey, ReadOnlyMemory<byte> ServerKey);
