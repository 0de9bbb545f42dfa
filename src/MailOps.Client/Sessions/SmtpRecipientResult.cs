using MailOps.Smtp;

namespace MailOps.Client.Sessions;

/// <summary>What a server said to one recipient.</summary>
public sealed class SmtpRecipientResult
{
    /// <summary>The recipient as it was sent, without brackets.</summary>
    public required string Address { get; init; }

    /// <summary>True if the server took it.</summary>
    public required bool Accepted { get; init; }

    /// <summary>The reply's three digits.</summary>
    public required int Code { get; init; }

    /// <summary>The enhanced status code such as <c>5.1.1</c>, or null if the reply had none (RFC 3463).</summary>
    public required string? EnhancedCode { get; init; }

    /// <summary>The reply's text, its lines joined by a space.</summary>
    public required string Text { get; init; }

    /// <summary>The address and the reply.</summary>
    public override string ToString() => EnhancedCode is null ? $"{Address}: {Code} {Text}" : $"{Address}: {Code} {EnhancedCode} {Text}";

    internal static SmtpRecipientResult Of(string address, SmtpReply reply) => new()
    {
        Address = address,
        Accepted = reply.IsPositive,
        Code = reply.Code,
        EnhancedCode = reply.Enhanced?.ToString(),
        Text = string.Join(' ', reply.Lines),
    };
}
