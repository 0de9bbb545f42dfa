using System.Globalization;
using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Seen;
using MailOps.Cmdlets.Runtime;
using MailOps.Wire;

namespace MailOps.Cmdlets.Pop3;

/// <summary>The base of cmdlets that work in a mailbox over POP3.</summary>
public abstract class Pop3Cmdlet : SessionMailboxCmdlet
{
    /// <summary>The port: 995, or 110 if Tls is StartTls or None, unless given or found among Endpoints.</summary>
    [Parameter(ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = TokenSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Pop3Port")]
    [ValidatePort]
    public int? Port { get; set; }

    /// <summary>True if nothing is to be changed, and only told.</summary>
    private protected bool IsWhatIf => MyInvocation.BoundParameters.TryGetValue("WhatIf", out var given)
        ? LanguagePrimitives.IsTrue(given)
        : LanguagePrimitives.IsTrue(SessionState.PSVariable.GetValue("WhatIfPreference"));

    /// <summary>The mailbox that the parameters name; none if the server does not speak POP3, which is an error then.</summary>
    private protected IReadOnlyList<Pop3Place> Place()
    {
        if (Session is { } session)
            return [new Pop3Place(session.ToString(), new Pop3Account(session.Server, session.Port, session.UserName ?? ""), session.OpenPop3Async)];
        return OptionsFor(MailProtocol.Pop3, Port, plain: 110, underTls: 995) is { } options
            ? [new Pop3Place(NameOf(options), new Pop3Account(options.Server, options.Port, options.Credential?.UserName ?? ""), cancel => Pop3Mailbox.OpenAsync(options, TimeProvider.System, cancel))]
            : [];
    }

    /// <summary>Logs in.</summary>
    private protected async Task<Pop3Mailbox> OpenAsync(Pop3Place at, CancellationToken cancel)
    {
        var mailbox = await at.Open(cancel).ConfigureAwait(false);
        try
        {
            await WarnAsync(Session is null ? mailbox.CertificateProblem : null).ConfigureAwait(false);
            await VerboseAsync($"{mailbox.Count} messages for {at}, logged in{(mailbox.AuthMechanism is { } mechanism ? $" with {mechanism}" : "")}.").ConfigureAwait(false);
            return mailbox;
        }
        catch
        {
            await mailbox.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens the file that remembers messages, or null where none is named.</summary>
    private protected async Task<Pop3State?> OpenStateAsync(string? path, Pop3Place at, CancellationToken cancel) =>
        path is null ? null : await Pop3State.OpenAsync(path, at.Account, IsWhatIf, TimeProvider.System, cancel).ConfigureAwait(false);

    /// <summary>Tells of messages that the server refused to delete.</summary>
    private protected async Task TellAsync(IReadOnlyDictionary<int, MailSessionException> refused)
    {
        foreach (var (number, why) in refused)
            await ErrorAsync(why, number).ConfigureAwait(false);
    }

    /// <summary>A message in questions.</summary>
    private protected static string NameOf(Pop3Entry entry, Pop3Place at) =>
        string.Create(CultureInfo.InvariantCulture, $"Message {entry.Number} of {at} ({entry.Size} octets{(entry.Uidl is null ? "" : $", {entry.Uidl}")})");
}
