using System.Management.Automation;
using MailOps.Server.Hosting;
using MailOps.Server.Pop3;

namespace MailOps.Cmdlets.Servers;

/// <content>What is POP3's alone.</content>
public sealed partial class StartMailServerCommand
{
    /// <summary>How POP3's unique ids are made. Clients that leave their mail on the server know by them what they have: give the format of the server that mailboxes were moved from. A format of Dovecot's pop3_uidl_format, such as %v-%u, with the variables %u (UID), %v (UIDVALIDITY), %f and %g (name of the file); or a name: Dovecot (%08Xu%08Xv), Courier (%v-%u), Courier0 (%f), Courier1 (%u), Cyrus (%v.%u), Cyrus20 (%u), Dovecot0 (%v.%u), UW (%08Xv%08Xu).</summary>
    [Parameter]
    [PSDefaultValue(Value = "Dovecot")]
    [ValidateNotNullOrEmpty]
    public string Pop3UidlFormat { get; set; } = "Dovecot";

    /// <summary>The least number of seconds between two POP3 logins of an account. One that comes sooner is refused with [LOGIN-DELAY]. 0: none.</summary>
    [Parameter]
    [ValidateRange(0, 86_400)]
    public int Pop3LoginDelaySeconds { get; set; }

    private Pop3Rules Pop3()
    {
        try
        {
            return new Pop3Rules { UidlFormat = UidlFormat.Parse(Pop3UidlFormat), LoginDelay = TimeSpan.FromSeconds(Pop3LoginDelaySeconds) };
        }
        catch (ArgumentException e)
        {
            throw new MailServerException(MailServerFault.InvalidOptions, $"-{nameof(Pop3UidlFormat)}: {e.Message}", e);
        }
    }
}
