using System.Management.Automation;
using MailOps.Client.Mailboxes;

namespace MailOps.Cmdlets.Runtime;

/// <summary>The base of cmdlets that work in a mailbox on a server: in a session that is open, or in one of their own.</summary>
public abstract class SessionMailboxCmdlet : MailboxCmdlet
{
    /// <summary>The parameter set of a session.</summary>
    protected const string SessionSet = "Session";

    /// <summary>A session of New-MailSession, in the place of a server and a login.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SessionSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public virtual MailSession? Session { get; set; }
}
