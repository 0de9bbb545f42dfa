using System.Net;
using MailOps.Smtp;
using MailOps.Wire;

namespace MailOps.Client.Sessions;

/// <summary>Takes one message through the steps of a session and writes the result as it goes.</summary>
internal sealed class SmtpSendSession(SmtpSendOptions options, SmtpEnvelope envelope, SmtpDialogue dialogue, SmtpSendResult result, TimeProvider clock)
{
    /// <summary>Runs the session to its QUIT.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        if (await OpenAsync(cancel).ConfigureAwait(false))
        {
            await (options.Pipelining && dialogue.Capabilities.Offers("PIPELINING")
                ? SendPipelinedAsync(cancel)
                : SendInTurnAsync(cancel)).ConfigureAwait(false);
        }

        await ExtraAsync(SmtpStep.Quit, after: false, cancel).ConfigureAwait(false);
        await dialogue.QuitAsync(cancel).ConfigureAwait(false);
    }

    private async Task<bool> OpenAsync(CancellationToken cancel)
    {
        CertificatePin.RequireTls(options.CertificatePins, options.Tls, options.Server);
        if (options.Tls == TlsMode.Implicit)
            await SecureAsync(dialogue.SecureAsync, cancel).ConfigureAwait(false);

        var early = options.ExtraCommands.At(SmtpStep.Greeting, after: false);
        foreach (var octets in early)
            await dialogue.SendAsync(octets, cancel).ConfigureAwait(false);
        if (!Went(SmtpStep.Greeting, await dialogue.GreetingAsync(cancel).ConfigureAwait(false)))
            return false;
        foreach (var octets in early)
            await ReadRepliesAsync(octets, cancel).ConfigureAwait(false);
        await ExtraAsync(SmtpStep.Greeting, after: true, cancel).ConfigureAwait(false);

        if (options.Tls == TlsMode.StartTls && !await StartTlsAsync(cancel).ConfigureAwait(false))
            return false;

        await ExtraAsync(SmtpStep.Ehlo, after: false, cancel).ConfigureAwait(false);
        if (!await HelloAsync(cancel).ConfigureAwait(false))
            return false;
        await ExtraAsync(SmtpStep.Ehlo, after: true, cancel).ConfigureAwait(false);

        var choice = new MechanismChoice
        {
            Server = options.Server,
            Named = options.AuthMechanism,
            HasCredential = options.Credential is not null,
            HasCertificate = options.ClientCertificate is not null,
            Offered = dialogue.Capabilities.AuthMechanisms,
            IsSecure = dialogue.Tls is not null,
            // On loopback nobody is in between.
            MayShowPassword = dialogue.Tls is not null || (dialogue.Remote is { } remote && IPAddress.IsLoopback(remote.Address)),
            Binding = dialogue.Binding,
        };
        if (options.Credential is not null || choice.IsByCertificate)
            await LogInAsync(choice, options.Credential ?? new NetworkCredential("", ""), cancel).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> HelloAsync(CancellationToken cancel)
    {
        var name = options.HelloName ?? SmtpLogin.OwnName(dialogue.Local);
        var reply = await (options.UseHelo ? dialogue.HeloAsync(name, cancel) : dialogue.HelloAsync(name, cancel)).ConfigureAwait(false);
        result.Capabilities = dialogue.Capabilities.Lines;
        return Went(SmtpStep.Ehlo, reply);
    }

    private async Task<bool> StartTlsAsync(CancellationToken cancel)
    {
        if (!await HelloAsync(cancel).ConfigureAwait(false))
            return false;
        if (!options.UseHelo && !dialogue.Capabilities.Offers("STARTTLS"))
            throw new MailSessionException(MailSessionFault.TlsNotOffered, $"{options.Server} does not offer STARTTLS on port {options.Port}. Use implicit TLS on port 465 if it has that, or no TLS if the message may be seen.");

        await ExtraAsync(SmtpStep.StartTls, after: false, cancel).ConfigureAwait(false);
        SmtpReply? reply = null;
        await SecureAsync(async (check, c) => reply = await dialogue.StartTlsAsync(check, c).ConfigureAwait(false), cancel).ConfigureAwait(false);
        if (!reply!.IsPositive)
            throw new MailSessionException(MailSessionFault.TlsNotOffered, $"{options.Server} refused STARTTLS: {reply}");
        await ExtraAsync(SmtpStep.StartTls, after: true, cancel).ConfigureAwait(false);
        return true;
    }

    private async Task SecureAsync(Func<CertificateCheck, CancellationToken, Task> secure, CancellationToken cancel)
    {
        var check = new CertificateCheck(options.Server, options.SkipCertificateCheck, clock) { OwnCertificate = options.ClientCertificate, Pins = options.CertificatePins };
        try
        {
            await secure(check, cancel).ConfigureAwait(false);
        }
        finally
        {
            result.CertificateProblem = check.Problem;
        }
    }

    private async Task LogInAsync(MechanismChoice choice, NetworkCredential credential, CancellationToken cancel)
    {
        await ExtraAsync(SmtpStep.Auth, after: false, cancel).ConfigureAwait(false);
        result.AuthMechanism = await SmtpLogin.LogInAsync(dialogue, choice, credential, options.Port, cancel).ConfigureAwait(false);
        await ExtraAsync(SmtpStep.Auth, after: true, cancel).ConfigureAwait(false);
    }

    private async Task SendInTurnAsync(CancellationToken cancel)
    {
        await ExtraAsync(SmtpStep.Mail, after: false, cancel).ConfigureAwait(false);
        if (!Went(SmtpStep.Mail, await dialogue.CommandAsync(await MailLineAsync(cancel).ConfigureAwait(false), cancel).ConfigureAwait(false)))
            return;
        await ExtraAsync(SmtpStep.Mail, after: true, cancel).ConfigureAwait(false);

        await ExtraAsync(SmtpStep.Rcpt, after: false, cancel).ConfigureAwait(false);
        var replies = new List<SmtpReply>();
        foreach (var (line, _) in envelope.Recipients)
        {
            if (dialogue.IsClosing)
                break;
            replies.Add(await dialogue.CommandAsync(line, cancel).ConfigureAwait(false));
        }

        var any = TakeRecipients(replies);
        await ExtraAsync(SmtpStep.Rcpt, after: true, cancel).ConfigureAwait(false);
        if (!any || dialogue.IsClosing)
            return;

        await ExtraAsync(SmtpStep.Data, after: false, cancel).ConfigureAwait(false);
        var data = await dialogue.DataAsync(cancel).ConfigureAwait(false);
        if (Went(SmtpStep.Data, data, data.Code == 354))
            await SendMessageAsync(cancel).ConfigureAwait(false);
    }

    private async Task SendPipelinedAsync(CancellationToken cancel)
    {
        await ExtraAsync(SmtpStep.Mail, after: false, cancel).ConfigureAwait(false);
        string[] lines = [await MailLineAsync(cancel).ConfigureAwait(false), .. envelope.Recipients.Select(r => r.Line), "DATA"];
        var replies = await dialogue.PipelineAsync(lines, cancel).ConfigureAwait(false);

        var sender = Went(SmtpStep.Mail, replies[0]);
        var recipients = replies.Skip(1).Take(lines.Length - 2).ToArray();
        if (sender)
            sender = TakeRecipients(recipients);
        else
            result.Recipients = [.. recipients.Select((r, i) => SmtpRecipientResult.Of(envelope.Recipients[i].Address, r))];

        if (replies.Count < lines.Length)
            return;

        var data = replies[^1];
        if (sender && Went(SmtpStep.Data, data, data.Code == 354))
            await SendMessageAsync(cancel).ConfigureAwait(false);
        else if (data.Code == 354)
            // The server wants a message for nobody: it gets the final dot alone (RFC 2920 section 3.1).
            await dialogue.SendContentAsync(Stream.Null, asIs: true, cancel).ConfigureAwait(false);
    }

    private async Task<string> MailLineAsync(CancellationToken cancel)
    {
        if (envelope.IsLiteral)
            return envelope.MailLine;

        var parameters = options.MailParameters.ToList();
        if (!Given("BODY") && dialogue.Capabilities.Offers("8BITMIME") && await options.Content.MayHaveEightBitAsync(cancel).ConfigureAwait(false))
            parameters.Add("BODY=8BITMIME");
        if (!Given("SMTPUTF8") && dialogue.Capabilities.Offers("SMTPUTF8") && envelope.NeedsUtf8)
            parameters.Add("SMTPUTF8");
        return envelope.MailLine + string.Concat(parameters.Select(p => ' ' + p));

        bool Given(string keyword) => parameters.Exists(p => p.Split('=')[0].Equals(keyword, StringComparison.OrdinalIgnoreCase));
    }

    private bool TakeRecipients(IReadOnlyList<SmtpReply> replies)
    {
        result.Recipients = [.. replies.Select((r, i) => SmtpRecipientResult.Of(envelope.Recipients[i].Address, r))];
        if (replies.Any(r => r.IsPositive) && !dialogue.IsClosing)
            return true;

        if (replies.Count > 0)
            Went(SmtpStep.Rcpt, replies[^1], accepted: false);
        return false;
    }

    private async Task SendMessageAsync(CancellationToken cancel)
    {
        foreach (var octets in options.ExtraCommands.At(SmtpStep.Data, after: true))
            await dialogue.SendAsync(octets, cancel).ConfigureAwait(false);

        var reply = await dialogue.SendContentAsync(options.Content.Rewound(), options.LiteralContent, cancel).ConfigureAwait(false);
        result.MessageBytes = dialogue.ContentLength;
        if (Went(SmtpStep.Message, reply))
        {
            result.Accepted = true;
            result.QueueId = QueueId.In(reply);
        }

        await ExtraAsync(SmtpStep.Message, after: true, cancel).ConfigureAwait(false);
    }

    private bool Went(SmtpStep step, SmtpReply reply, bool? accepted = null)
    {
        var went = accepted ?? reply.IsPositive;
        if (!went || step == SmtpStep.Message)
        {
            result.Reply = Hide(reply.ToString());
            result.Code = reply.Code;
            result.EnhancedCode = reply.Enhanced?.ToString();
        }

        if (!went)
            result.RefusedAt = step;
        return went;
    }

    private async Task ExtraAsync(SmtpStep step, bool after, CancellationToken cancel)
    {
        foreach (var octets in options.ExtraCommands.At(step, after))
        {
            if (dialogue.IsClosing)
                return;
            await dialogue.SendAsync(octets, cancel).ConfigureAwait(false);
            await ReadRepliesAsync(octets, cancel).ConfigureAwait(false);
        }
    }

    private async Task ReadRepliesAsync(byte[] octets, CancellationToken cancel)
    {
        for (var expected = octets.Count(o => o == '\n'); expected > 0 && !dialogue.IsClosing; expected--)
            await dialogue.ReadReplyAsync("an extra command", cancel).ConfigureAwait(false);
    }

    private string Hide(string text) => dialogue.Transcript.Mask(text);
}
