namespace MailOps.Server.Smtp.Commands;

/// <summary>LHLO (RFC 2033 section 4.1): EHLO by the name that tells LMTP from SMTP.</summary>
internal sealed class LhloCommand : EhloCommand
{
    public override string Name => "LHLO";
}
