using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>VRFY (RFC 5321 section 3.5): answered without telling who has an account (section 7.3).</summary>
internal sealed class VrfyCommand : SmtpCommand<VrfyCommand.Arguments>
{
    private const string Utf8Parameter = " SMTPUTF8";

    public override string Name => "VRFY";

    public override SmtpStates States => SmtpStates.Any;

    public override bool IsJunk => true;

    public override string Usage => "VRFY address [SMTPUTF8]";

    /// <param name="Address">What is asked about: an address, or a name.</param>
    /// <param name="IsUtf8">True if it may have UTF-8 (RFC 6531 section 3.7.4.2).</param>
    internal readonly record struct Arguments(string Address, bool IsUtf8);

    protected override bool TryParse(ref SmtpReader reader, out Arguments arguments)
    {
        arguments = default;
        if (!reader.Space() || !reader.Utf8Text(out var text))
            return false;

        text = text.TrimEnd();
        var isUtf8 = text.EndsWith(Utf8Parameter, StringComparison.OrdinalIgnoreCase);
        arguments = new Arguments(isUtf8 ? text[..^Utf8Parameter.Length].TrimEnd() : text, isUtf8);
        return arguments.Address.Length > 0;
    }

    protected override ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, Arguments arguments, CancellationToken cancel) =>
        ValueTask.FromResult(arguments.IsUtf8 || arguments.Address.All(char.IsAscii)
            ? new SmtpReply(252, new EnhancedStatusCode(2, 5, 0), "Addresses are not verified here; send the message and it will be tried")
            : SmtpReplies.NeedsUtf8);
}
