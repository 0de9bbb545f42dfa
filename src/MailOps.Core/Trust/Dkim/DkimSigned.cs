namespace MailOps.Trust.Dkim;

/// <summary>What came of signing a message.</summary>
/// <param name="Fields">The DKIM-Signature fields, one for each key in their order, each with its CRLF, to be sent before the message. Empty if it was not signed.</param>
/// <param name="Reason">Why it was not signed.</param>
internal readonly record struct DkimSigned(ReadOnlyMemory<byte> Fields, DkimUnsigned Reason);
