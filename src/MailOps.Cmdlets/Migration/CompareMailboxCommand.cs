using System.Collections;
using System.Management.Automation;
using System.Security;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Comparison;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Migration;

/// <summary>Proves that two mailboxes hold the same messages, or tells what differs. No output means no difference.</summary>
/// <para>Every message of both is read, and each of the reference must have its like in the other: by its content, whatever its number, its
/// Message-ID and the order. What servers may change does not count: Received and other fields that a delivery adds, how lines end,
/// empty lines at the end. Two that are truly equal need two. Nothing is changed in either mailbox.</para>
/// <para>Kind says what differs: FolderMissing, FolderExtra, MessageMissing, MessageExtra, Content (the Message-ID is there with another content),
/// Flags, Date, Unreadable; and Equal with IncludeEqual. SideIndicator is that of Compare-Object. Folders are found in the other
/// mailbox where Copy-Mailbox puts them. With the filters of a copy (Since, LargerThan, Flag, Query and their like) those messages of the reference
/// are compared that they take, and what the other mailbox has beyond is told of if they take that; with Query it is not. If a mailbox cannot be read to its end, that is a terminating error: nothing is proved then.</para>
/// <example><code>Compare-Mailbox imaps://ann@old.example.com/ imaps://ann@new.example.com/ -ReferenceCredential $old -DifferenceCredential $new</code><para>Says nothing if all has arrived.</para></example>
/// <example><code>if (Compare-Mailbox maildir:./ann imaps://ann@new.example.com/ -DifferenceCredential $new -IgnoreDate) { throw 'Not all is there.' }</code><para>Stops a script if anything is missing.</para></example>
/// <example><code>Compare-Mailbox $from $to -ReferenceCredential $old -DifferenceCredential $new -ReportPath ./proof/ann -ReportCertificate ./auditor.p12 -ReportCertificatePassword $secret</code><para>Keeps a signed record: proof/ann.json and proof/ann.html, each with its signature beside it.</para></example>
/// <example><code>Compare-Mailbox $from $to -ReferenceCredential $old -DifferenceCredential $new -Since 2024-01-01 -SmallerThan 25MB</code><para>Proves a copy that was made with these filters: what they leave out of the reference is not asked for, and the record names them.</para></example>
/// <example><code>Compare-Mailbox $from $to -ReferenceCredential $old -DifferenceCredential $new -IncludeEqual | Group-Object Kind -NoElement</code><para>Counts what is equal and what is not.</para></example>
[Cmdlet(VerbsData.Compare, "Mailbox")]
[OutputType(typeof(MailboxDifference))]
public sealed class CompareMailboxCommand : MailboxPairCmdlet
{
    private readonly HashSet<string> _reports = new(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);

    // A field of a type from another assembly would be looked for before there is a way to it.
    private object? _signer;

    /// <summary>The mailbox as it is to be: imaps://user@server/, imap://user@server/ (STARTTLS), imap+plain://user@server/ (without TLS), pop3s://, pop3:// or pop3+plain:// in the same way, maildir:PATH, mbox:PATH or eml:PATH. POP3 knows neither flags nor dates, which are then passed over.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("From")]
    [ArgumentCompleter(typeof(MailboxLocationCompleter))]
    [ValidateMailboxLocation]
    public string Reference { get; set; } = "";

    /// <summary>The mailbox that is held against it, named in the same way, but for POP3.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("To")]
    [ArgumentCompleter(typeof(MailboxLocationCompleter))]
    [ValidateMailboxLocation]
    public string Difference { get; set; } = "";

    /// <summary>The login of the reference.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("FromCredential")]
    [Credential]
    public PSCredential? ReferenceCredential { get; set; }

    /// <summary>The OAuth access token of the reference, in the place of a login, for the account that its address names: a string, a SecureString, or a script block that writes one and gets the account as its first argument.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("FromAccessToken")]
    [ValidateNotNull]
    public object? ReferenceAccessToken { get; set; }

    /// <summary>Whose mailbox the reference is, where its login is that of an administrator who may act as others (RFC 4422, authorization identity): a master passdb of Dovecot, proxyservers or admins of Cyrus. It goes by PLAIN or SCRAM; a server that offers neither is told so by an error.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("FromAuthorizationId")]
    [ValidateNotNullOrEmpty]
    public string? ReferenceAuthorizationId { get; set; }

    /// <summary>The login of the other mailbox.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ToCredential")]
    [Credential]
    public PSCredential? DifferenceCredential { get; set; }

    /// <summary>The OAuth access token of the other mailbox, in the place of a login, for the account that its address names: a string, a SecureString, or a script block that writes one and gets the account as its first argument.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ToAccessToken")]
    [ValidateNotNull]
    public object? DifferenceAccessToken { get; set; }

    /// <summary>Whose mailbox the other mailbox is, where its login is that of an administrator who may act as others (RFC 4422, authorization identity): a master passdb of Dovecot, proxyservers or admins of Cyrus. It goes by PLAIN or SCRAM; a server that offers neither is told so by an error.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ToAuthorizationId")]
    [ValidateNotNullOrEmpty]
    public string? DifferenceAuthorizationId { get; set; }

    /// <summary>Tells of messages that are equal as well.</summary>
    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    /// <summary>Flags and keywords do not matter.</summary>
    [Parameter]
    public SwitchParameter IgnoreFlag { get; set; }

    /// <summary>Dates of arrival do not matter.</summary>
    [Parameter]
    public SwitchParameter IgnoreDate { get; set; }

    /// <summary>Where a record of the comparison is kept, without the ending: PATH.json for programs, with each folder's counts and digests and every difference, and PATH.html for people. Files of these names are replaced; pairs that come down the pipeline need a path each. Links, pipes and what else is left out of a mailbox of files is a warning, and named in the record, which does not call the mailboxes equal then.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? ReportPath { get; set; }

    /// <summary>The certificate that signs the record, with its private key: an X509Certificate2 whose key can be exported, or the path of a PKCS #12 or PEM file. It is read before anything is compared. The signatures are PATH.json.p7s and PATH.html.p7s, detached (CMS). They are checked with: openssl cms -verify -binary -inform DER -in PATH.json.p7s -content PATH.json -CAfile TRUSTED.pem -out /dev/null. TRUSTED.pem is the authority of the certificate, or the certificate itself if that is self-signed, in PEM, got from the signer by a way that can be trusted. With -noverify in the place of -CAfile anybody's signature passes.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? ReportCertificate { get; set; }

    /// <summary>The password of the certificate's file.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? ReportCertificatePassword { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (ReportCertificate is not null && MyInvocation.BoundParameters.ContainsKey(nameof(ReportPath)) is false && !MyInvocation.ExpectingInput)
            Refuse("-ReportCertificate signs a record: say where that is kept, with -ReportPath.");
        if (ReportCertificate is not null)
            _signer = ReportCertificateArgument.Open(this, ReportCertificate, ReportCertificatePassword);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Resolve((Reference, ReferenceCredential, ReferenceAccessToken, ReferenceAuthorizationId, nameof(Reference)), (Difference, DifferenceCredential, DifferenceAccessToken, DifferenceAuthorizationId, nameof(Difference))) is not var ((reference, referenceLogin), (difference, differenceLogin)))
            return;
        var (map, folders, report) = (Map(), Patterns, ReportPath is null ? null : GetUnresolvedProviderPathFromPSPath(ReportPath));
        if (report is not null && !_reports.Add(Path.GetFullPath(report)))
        {
            WriteError(ErrorRecords.Finding("ReportPathUsed", ErrorCategory.InvalidArgument, $"The record of a comparison before this one is kept in {report}: {reference} was not compared with {difference}. Give each pair a ReportPath of its own.", ReportPath));
            return;
        }

        if (MessageChoice.ProblemOf(this, reference) is { } problem)
        {
            WriteError(ErrorRecords.From(new MigrationException(MigrationFault.KindNotSupported, problem), Reference));
            return;
        }

        Run(async cancel =>
        {
            await using var one = await OpenAsync(reference, referenceLogin, isMade: false, cancel, Query).ConfigureAwait(false);
            await using var other = await OpenAsync(difference, differenceLogin, isMade: false, cancel).ConfigureAwait(false);
            var comparer = new MailboxComparer(one.Reader, other.Writer, new ComparisonOptions
            {
                Map = map,
                IsWanted = folders.IsWanted,
                Filter = MessageChoice.Filter(this),
                Connections = Connections,
                IncludeEqual = IncludeEqual,
                IgnoreFlags = IgnoreFlag,
                IgnoreDates = IgnoreDate,
                Tell = progress => ShowAsync($"Comparing {reference} with {difference}", progress),
            });
            await using var record = report is null ? null : new ComparisonReport(report, reference.ToString(), difference.ToString(), Settings(), TimeProvider.System);
            await foreach (var found in comparer.CompareAsync(cancel).ConfigureAwait(false))
            {
                record?.Add(found);
                await OutputAsync(found).ConfigureAwait(false);
            }

            // Nothing is proved of what is not there.
            if (folders.Unused is [var unused, ..])
                throw new MigrationException(MigrationFault.FolderNotFound, $"No folder of {reference} or {difference} fits -Include '{unused}': nothing is proved of it, and no record was written.");
            List<string> leftOut = [.. one.LeftOutOf(folders.IsWanted), .. other.LeftOutOf(folders.IsWanted)];
            if (record is not null)
                await VerboseAsync($"Written: {string.Join(", ", await record.FinishAsync(comparer.Folders, leftOut, DateTimeOffset.UtcNow, (ReportSigner?)_signer, cancel).ConfigureAwait(false))}").ConfigureAwait(false);
            await WarnAsync(one, other).ConfigureAwait(false);
            foreach (var left in leftOut)
                await WarningAsync(left).ConfigureAwait(false);
            await VerboseAsync($"{comparer.Matched} messages of {reference} have their like in {difference}.").ConfigureAwait(false);
        });
    }

    // What changes the outcome.
    private Dictionary<string, string> Settings()
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["Include"] = string.Join(", ", Include) };
        if (Exclude.Length > 0)
            settings["Exclude"] = string.Join(", ", Exclude);
        if (FolderMap is not null)
            settings["FolderMap"] = string.Join(", ", FolderPatterns.Rules(FolderMap).Select(rule => $"{rule.Key} = {rule.Value}").Order(StringComparer.Ordinal));
        if (GmailLabels != GmailLabels.Folders)
            settings["GmailLabels"] = GmailLabels.ToString();
        foreach (var (name, value) in MessageChoice.Filter(this)?.ToSettings() ?? [])
            settings[name] = value;
        if (Query is not null)
            settings["Query"] = Query;
        if (IgnoreFlag)
            settings["IgnoreFlag"] = "yes";
        if (IgnoreDate)
            settings["IgnoreDate"] = "yes";
        return settings;
    }
}
