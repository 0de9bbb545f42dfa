using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Connections.Faults;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <summary>Sets a fault on a server that runs in this process: chosen commands, recipients or sessions go wrong in a chosen way, the same way each time.</summary>
/// <remarks>
/// <para>For tests of software that talks to mail servers. Faults hold for SMTP, LMTP, POP3 and IMAP alike until Clear-MailServerFault or the server's end; several are played in the order in which they were set, the first that ends or answers something wins. A server without faults is not slowed down by this.</para>
/// <para>-Command names where: a command, CONNECT for the greeting, or MESSAGE for the moment when a message has come and is not kept yet. Without it a fault is played at its usual place: RCPT for -Recipient and -GreylistFor, MAIL for -MaxPerMinute, each TLS handshake for those about TLS, each mailbox for -SwapUidValidity, each token for -ExpireToken, and the greeting for all others.</para>
/// <para>-Count, -Skip, -Share and -Seed say how often and for whom. With the same seed the same sessions have the fault, counted in the order in which they come.</para>
/// </remarks>
/// <example>
/// <code>$server | Set-MailServerFault -Recipient '*@example.net' -Reply '451 4.3.0 Try again' -Count 2</code>
/// <para>Defers recipients of a domain twice, then takes them: does the software try again?</para>
/// </example>
/// <example>
/// <code>$server | Set-MailServerFault -Command DATA -DropAfter 1000 -Share 0.2 -Seed 42</code>
/// <para>Cuts a fifth of the sessions off after 1000 octets of the message.</para>
/// </example>
/// <example>
/// <code>$server | Set-MailServerFault -Protocol imap -Command FETCH -Truncate 200 -Count 1
/// $server | Set-MailServerFault -Protocol imap -Command SELECT -SwapUidValidity</code>
/// <para>Ends one FETCH in the middle of its response, and shows another UIDVALIDITY when a mailbox is selected.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "MailServerFault", SupportsShouldProcess = true, DefaultParameterSetName = ReplySet)]
[OutputType(typeof(MailServerFaultInfo))]
public sealed class SetMailServerFaultCommand : MailCmdlet
{
    private const string ReplySet = "Reply";
    private const string DelaySet = "Delay";
    private const string DropSet = "Drop";
    private const string HalfCloseSet = "HalfClose";
    private const string DropAfterSet = "DropAfter";
    private const string TruncateSet = "Truncate";
    private const string TlsFailureSet = "TlsFailure";
    private const string WrongCertificateSet = "WrongCertificate";
    private const string ExpiredCertificateSet = "ExpiredCertificate";
    private const string GreylistSet = "Greylist";
    private const string ThrottleSet = "Throttle";
    private const string ExpireTokenSet = "ExpireToken";
    private const string SwapSet = "SwapUidValidity";

    /// <summary>The servers, or their numbers, from Get-MailServer.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ServersByNumber]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] Id { get; set; } = [];

    /// <summary>Answers with this, such as '451 4.7.1 Later' (SMTP; 421 closes), '-ERR [SYS/TEMP] Later' (POP3), 'NO [UNAVAILABLE] Later' or 'BYE Later' (IMAP). It is for the protocols whose answer it is.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ReplySet)]
    [ValidateNotNullOrEmpty]
    public string Reply { get; set; } = "";

    /// <summary>Waits so long before the answer, such as 00:00:05.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DelaySet)]
    [ValidatePositiveTime]
    public TimeSpan Delay { get; set; }

    /// <summary>Closes the connection without a word.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DropSet)]
    public SwitchParameter Drop { get; set; }

    /// <summary>Closes the server's direction of the connection, and goes on reading what the client sends.</summary>
    [Parameter(Mandatory = true, ParameterSetName = HalfCloseSet)]
    public SwitchParameter HalfClose { get; set; }

    /// <summary>Reads so many octets more after the command, then closes: exactly so many, pipelined or not; under TLS those inside it are counted.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DropAfterSet)]
    [ValidateRange(0L, long.MaxValue)]
    public long DropAfter { get; set; }

    /// <summary>Sends so many octets more, then closes: the answer to the command ends in the middle.</summary>
    [Parameter(Mandatory = true, ParameterSetName = TruncateSet)]
    [ValidateRange(0L, long.MaxValue)]
    public long Truncate { get; set; }

    /// <summary>Ends TLS handshakes with an alert.</summary>
    [Parameter(Mandatory = true, ParameterSetName = TlsFailureSet)]
    public SwitchParameter TlsFailure { get; set; }

    /// <summary>Presents a certificate for another name, wrong.invalid.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WrongCertificateSet)]
    public SwitchParameter WrongCertificate { get; set; }

    /// <summary>Presents a certificate that ended yesterday.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ExpiredCertificateSet)]
    public SwitchParameter ExpiredCertificate { get; set; }

    /// <summary>Defers each sender's first try for a recipient (451 4.7.1), until the same client comes again after this time.</summary>
    [Parameter(Mandatory = true, ParameterSetName = GreylistSet)]
    [ValidatePositiveTime]
    public TimeSpan GreylistFor { get; set; }

    /// <summary>Takes so many messages a minute, all sessions together; the next one hears 421 and is closed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ThrottleSet)]
    [ValidateRange(1, 1_000_000)]
    public int MaxPerMinute { get; set; }

    /// <summary>Shows another UIDVALIDITY than the mailbox has, in POP3's unique ids too.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SwapSet)]
    public SwitchParameter SwapUidValidity { get; set; }

    /// <summary>Answers OAuth tokens (OAUTHBEARER, XOAUTH2) as if they had expired. For servers that take tokens. As in Dovecot and Postfix a token is looked at when a client logs in: who is logged in stays so, and fails at the next login. A service that ends sessions too is played with -Reply and -Account, such as -Command NOOP -Reply 'BYE Session invalidated - AccessTokenExpired'.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ExpireTokenSet)]
    public SwitchParameter ExpireToken { get; set; }

    /// <summary>Only sessions of these protocols: smtp, submission, lmtp, pop3, imap.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Protocol { get; set; } = [];

    /// <summary>At these commands, such as RCPT, RETR or 'UID FETCH'; CONNECT is the greeting, MESSAGE a message that has come.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Command { get; set; } = [];

    /// <summary>Only for these recipients, at RCPT. * and ? are taken as wildcards.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Recipient { get; set; } = [];

    /// <summary>Only in sessions that have logged in as one of these. * and ? are taken as wildcards.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Account { get; set; } = [];

    /// <summary>How often it is played; without it, always.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Count { get; set; }

    /// <summary>How many occasions pass before it is played first.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Skip { get; set; }

    /// <summary>The share of sessions that have the fault, such as 0.25.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double Share { get; set; } = 1;

    /// <summary>Chooses which sessions those are: the same number, the same ones.</summary>
    [Parameter]
    public int Seed { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id)
        {
            if (RunningServers.Server(id) is not { } server)
            {
                WriteError(RunningServers.NotFound(id));
                continue;
            }

            if (!ShouldProcess($"{server.Options.HostName} ({server.Options.StorePath})", $"Set a fault: {ParameterSetName}"))
                continue;
            try
            {
                WriteObject(server.SetFault(id, Rule()));
            }
            catch (ArgumentException e)
            {
                ThrowTerminatingError(new ErrorRecord(e, "InvalidMailServerFault", ErrorCategory.InvalidArgument, id));
            }
        }
    }

    private FaultRule Rule() => new()
    {
        Kind = Enum.Parse<FaultKind>(ParameterSetName),
        Protocols = Protocol,
        Commands = Command,
        Recipients = Recipient,
        Accounts = Account,
        Reply = Reply,
        Time = ParameterSetName is DelaySet ? Delay : GreylistFor,
        Number = ParameterSetName switch { DropAfterSet => DropAfter, TruncateSet => Truncate, _ => MaxPerMinute },
        Count = Count,
        Skip = Skip,
        Share = Share,
        Seed = Seed,
    };
}
