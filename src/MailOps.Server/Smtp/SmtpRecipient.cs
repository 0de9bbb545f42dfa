using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>An accepted recipient.</summary>
/// <param name="Path">The forward-path as the client gave it.</param>
/// <param name="Account">The account that gets the message.</param>
internal readonly record struct SmtpRecipient(SmtpPath Path, string Account);
