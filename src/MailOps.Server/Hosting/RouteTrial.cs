using System.Text;
using MailOps.Dns;
using MailOps.Server.Accounts;
using MailOps.Server.Accounts.Addresses;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Forwarding;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Security;
using MailOps.Smtp;
using MailOps.Trust.Dane;

namespace MailOps.Server.Hosting;

/// <summary>What would become of mail for an address now, step by step. Name servers are asked; nothing is sent.</summary>
/// <param name="directory">Who has an account here.</param>
/// <param name="isOutbound">True if mail for other servers is taken.</param>
/// <param name="routes">Where mail for each domain goes.</param>
/// <param name="router">Who finds the hosts.</param>
/// <param name="resolver">Who is asked for what the router leaves out.</param>
/// <param name="policies">Who knows what is asked of connections to each host.</param>
/// <param name="senders">Who knows return paths.</param>
/// <param name="queueOf">What the queue knows of a destination; null if nothing waits for it.</param>
internal sealed class RouteTrial(
    IMailDirectory directory, bool isOutbound, RouteTable routes, MailRouter router, MailResolver resolver, ConnectionPolicies? policies, SenderRewriter senders, Func<string, CancellationToken, Task<MailQueueInfo?>> queueOf)
{
    private const string Pass = "Pass";
    private const string Warning = "Warning";
    private const string Fail = "Fail";

    /// <summary>Goes the way.</summary>
    public async Task<IReadOnlyList<MailRouteStep>> RunAsync(RouteQuestion question, CancellationToken cancel)
    {
        var recipient = question.Recipient;
        var steps = new Steps(recipient);
        var sender = SmtpPath.Null;
        if (question.Sender is { } from && !TryRead(from, out sender))
        {
            steps.Add("Sender", Fail, $"The sender '{from}' is no address. Write it as in ann@example.com.");
            return steps.End("Refused", "501 5.1.7 The sender's address is none");
        }

        if (!TryRead(recipient, out var path))
        {
            steps.Add("Address", Fail, "This is no address that mail can be sent to. Write it as in ann@example.com.");
            return steps.End("Refused", "553 5.1.3 The address is none");
        }

        if (isOutbound && SrsAddress.IsOne(path) && directory.Serves(path.ToCanonical().ToString()) && !TryReturn(steps, ref path))
            return steps.End("Refused", "550 5.1.1 The return path leads nowhere");

        var answer = await directory.FindRecipientAsync(path.ToCanonical().ToString(), cancel);
        switch (answer.Verdict)
        {
            case RecipientVerdict.Unavailable:
                steps.Add("Domain", Fail, "The files of accounts cannot be read now.");
                return steps.End("Deferred", "451 4.3.0 The accounts cannot be read: whoever sends tries again later");
            case RecipientVerdict.NotLocal:
                steps.Add("Domain", Pass, $"{path.Domain} is not served here: its mail goes to other servers.");
                if (!IsOutbound(steps, "Mail for other servers is taken from users who have logged in on submission, and from the machines of -RelayFrom."))
                    return steps.End("Refused", "550 5.7.1 Relaying denied, the domain is not served here");
                return steps.End(await ElsewhereAsync(steps, path, question.Sender is null ? "" : sender.ToString(), cancel));
        }

        steps.Add("Domain", Pass, path.Domain.Length == 0 ? "An address without a domain belongs to the default one." : $"{path.Domain} is served here.");
        foreach (var step in directory.Trace(path.ToCanonical().ToString()))
            Add(steps, step);
        if (answer.Verdict is not RecipientVerdict.Deliver)
            return steps.End("Refused", "550 5.1.1 No such user here");
        if (answer.Outside.Count == 0)
            return steps.End("Delivered", $"into {Names(answer.Addressees)}");
        return IsOutbound(steps, "Mail that an alias leads to other servers is sent on, whoever it comes from.")
            ? await OnwardAsync(steps, answer, question.Sender is null ? null : sender, cancel)
            : steps.End("Refused", "550 5.7.1 An alias leads to another server, and nothing is sent on from here");
    }

    private async Task<string> ReturnPathAsync(SmtpPath sender, string via, CancellationToken cancel)
    {
        try
        {
            return (directory.Serves(sender.ToCanonical().ToString()) ? null : await senders.ReturnPathAsync(sender, via, cancel)) ?? sender.ToString();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return sender.ToString();
        }
    }

    private bool TryReturn(Steps steps, ref SmtpPath path)
    {
        try
        {
            var reading = senders.Read(path);
            steps.Add("ReturnPath", reading.Problem is null ? Pass : Fail, reading.Problem is null ? $"{path} stands for {reading.Original}, whose mail was sent on; reports alone go there." : $"{path} {reading.Problem}.", reading.Original?.ToString());
            path = reading.Original ?? path;
            return reading.Original is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            steps.Add("ReturnPath", Fail, e.Message);
            return false;
        }
    }

    private bool IsOutbound(Steps steps, string detail)
    {
        steps.Add("Outbound", isOutbound ? Pass : Fail, isOutbound ? detail : "This server sends nothing to other servers (-Outbound).");
        return isOutbound;
    }

    // The message is taken: the verdict is of the one for whom it goes worst.
    private async Task<IReadOnlyList<MailRouteStep>> OnwardAsync(Steps steps, RecipientAnswer answer, SmtpPath? sender, CancellationToken cancel)
    {
        var found = new List<(string Verdict, string Detail)>();
        if (answer.Addressees.Count > 0)
            found.Add(("Delivered", $"into {Names(answer.Addressees)}"));
        foreach (var target in answer.Outside)
        {
            steps.Add("Forward", Pass, $"{target.Via} has it sent on to {target.Address}, with a Delivered-To field that tells of a loop.", target.Address.ToString());
            // Its return path may be rewritten, and that is what routes of senders go by.
            var from = sender is { } known ? await ReturnPathAsync(known, target.Via.ToString(), cancel) : "";
            var (verdict, detail) = await ElsewhereAsync(steps, new SmtpPath(target.Address.Local, target.Address.Domain), from, cancel);
            found.Add((verdict, $"{target.Address} {detail}"));
        }

        string[] worst = ["Refused", "Deferred", "Sent"];
        return steps.End(worst.First(verdict => found.Exists(one => one.Verdict == verdict)), string.Join("; ", found.Select(one => one.Detail.TrimEnd('.'))));
    }

    private async Task<(string Verdict, string Detail)> ElsewhereAsync(Steps steps, SmtpPath path, string sender, CancellationToken cancel)
    {
        if (!NextHops.TryFor(path, out var nextHop, out var error))
        {
            steps.Add("Address", Fail, error);
            return ("Refused", $"550 5.1.2 {error}");
        }

        var target = TargetOf(steps, sender, nextHop);
        var found = target.UsesMx ? await AskMxAsync(steps, target, cancel) : [];
        var route = await router.FindAsync(target, cancel);
        AddHosts(steps, found, route);
        var isAllowed = await AddPolicyAsync(steps, route, cancel);
        var waiting = await AddQueueAsync(steps, target, cancel);
        if (route.Refusal is { } refusal)
            return refusal.IsPermanent ? ("Refused", $"{Said(refusal)}; it would come back to its sender") : ("Deferred", $"{Said(refusal)}; it would be tried again");
        if (!isAllowed)
            return ("Deferred", "451 4.7.5 What is published about TLS allows no host; it would be tried again");
        return waiting is { Status: "Retry", NextRetryTime: { } next }
            ? ("Deferred", $"until {next.UtcDateTime:u}, when {target} is tried again: {waiting.LastError}")
            : ("Sent", $"to {string.Join(", then ", route.Hosts.Where(IsTried).Select(host => host.Port > 0 ? $"{host.Name}:{host.Port}" : host.Name))}");
    }

    private RouteTarget TargetOf(Steps steps, string sender, string nextHop)
    {
        if (routes.SenderRouteOf(sender, nextHop) is { } own)
        {
            steps.Add("SenderRoute", Pass, $"{nextHop} has no route of its own: mail of {sender} goes to {own}.", own.Text);
            return own;
        }

        var target = routes.TargetOf(nextHop);
        if (routes.RouteOf(nextHop) is not null)
            steps.Add("Route", Pass, $"The route of {nextHop} leads to {target}.", target.Text);
        else if (target.Text != RouteTarget.Of(nextHop).Text)
            steps.Add("SmartHost", Pass, $"{nextHop} has no route of its own: the smart host {target} takes its mail.", target.Text);
        else if (nextHop.StartsWith('['))
            steps.Add("Route", Pass, "An address literal names its host itself.", target.Text);
        else
            steps.Add("Route", Pass, $"{nextHop} has no route of its own, and there is no smart host: its exchangers take its mail.", target.Text);
        return target;
    }

    private async Task<IReadOnlyList<MxRecord>> AskMxAsync(Steps steps, RouteTarget target, CancellationToken cancel)
    {
        if (!DnsName.TryParse(target.Host, out var domain, out var error))
        {
            steps.Add("Mx", Fail, error);
            return [];
        }

        var answer = await resolver.MxAsync(domain, withAddresses: true, cancel);
        if (answer.Status is not DnsStatus.Answered)
        {
            steps.Add("Mx", answer.IsDefinite ? Fail : Warning, answer.Detail);
            return [];
        }

        if (answer.Records.All(record => record.Kind is MxKind.Null))
        {
            steps.Add("Mx", Fail, $"{domain.Ascii} has a null MX: it takes no mail (RFC 7505).");
            return [];
        }

        steps.Add("Mx", Pass, answer.Records.Any(record => record.Kind is MxKind.Implicit)
            ? $"{domain.Ascii} has no MX record; its own address takes its mail (RFC 5321 section 5.1)."
            : $"{domain.Ascii} has {answer.Records.Length} exchanger{(answer.Records.Length == 1 ? "" : "s")}; the lowest preference is tried first.");
        return answer.Records;
    }

    private static void AddHosts(Steps steps, IReadOnlyList<MxRecord> found, Route route)
    {
        foreach (var host in route.Hosts)
            steps.Add("Host", IsTried(host) ? Pass : Warning, host.Problem ?? (host.Port > 0 ? $"Would be tried on port {host.Port}." : "Would be tried, a socket of this machine."), route.Target.Text, host);
        foreach (var record in found.Where(record => route.Hosts.All(host => host.Name != record.Exchange)).OrderBy(record => record.Preference))
        {
            steps.Add("Host", Warning, record.AddressError ?? (record.Addresses is not { Count: > 0 } ? $"{record.Exchange} has no address." : "Left out: it is this server, or not nearer than it."), route.Target.Text,
                new RouteHost(record.Exchange, 0, record.Preference, record.Addresses ?? []));
        }

        if (route.Refusal is { } refusal)
            steps.Add("Host", refusal.IsPermanent ? Fail : Warning, refusal.ToString(), route.Target.Text);
    }

    /// <summary>Adds what is asked of connections to each host.</summary>
    /// <returns>False if none may be sent to.</returns>
    private async Task<bool> AddPolicyAsync(Steps steps, Route route, CancellationToken cancel)
    {
        if (route.Refusal is not null)
            return true;
        if (route.Target.IsSocket || policies is null)
        {
            steps.Add("Policy", Pass, route.Target.IsSocket ? "A socket of this machine needs no TLS." : "TLS is used where the host offers it.", route.Target.Text);
            return true;
        }

        var sts = await policies.MtaStsAsync(route.Target, cancel);
        if (sts is not null)
            steps.Add("MtaSts", sts.Problem is null ? Pass : Warning, $"{sts.Reason} ({sts.Source})", route.Target.Text);
        var isAllowed = false;
        foreach (var host in route.Hosts.Where(IsTried))
        {
            var asked = await policies.ForHostAsync(route, host, sts, SecurityDemand.Usual, needsTrust: false, cancel);
            isAllowed |= asked.Refusal is null;
            if (asked.Dane is { } dane)
                steps.Add("Dane", dane.Use is DaneUse.Unknown ? Fail : Pass, $"{dane.Reason} ({dane.Source})", route.Target.Text, host);
            steps.Add("Policy", asked.Refusal is null ? Pass : Fail, asked.Refusal is { } refusal ? $"Nothing is sent to {host.Name}: {refusal}" : asked.RequiresTls ? $"{host.Name} must offer TLS, and be the right server." : $"TLS is used where {host.Name} offers it.", route.Target.Text, host);
        }

        return isAllowed;
    }

    private async Task<MailQueueInfo?> AddQueueAsync(Steps steps, RouteTarget target, CancellationToken cancel)
    {
        var queue = await queueOf(target.Text, cancel);
        if (queue is null)
            steps.Add("Queue", Pass, $"Nothing waits for {target}.", target.Text);
        else
            steps.Add("Queue", queue.LastError is null ? Pass : Warning, $"{queue.MessageCount} {(queue.MessageCount == 1 ? "message waits" : "messages wait")} for {target} ({queue.Status}){(queue.LastError is null ? "" : $": {queue.LastError.TrimEnd('.')}")}{(queue.NextRetryTime is { } next ? $"; next try {next.UtcDateTime:u}" : "")}.", target.Text);
        return queue;
    }

    private static void Add(Steps steps, AddressStep step)
    {
        switch (step.Kind)
        {
            case AddressStepKind.Account:
                steps.Add("Account", Pass, $"{step.Address} is the account {step.Found}.", step.Found);
                break;
            case AddressStepKind.Alias:
                steps.Add("Alias", Pass, $"{step.Address} is the alias {step.Found}, which leads to {string.Join(", ", step.Targets)}.", step.Found);
                break;
            case AddressStepKind.CatchAll:
                steps.Add("CatchAll", Pass, $"{step.Address} is nobody's; the alias {step.Found} takes all of the domain and leads to {string.Join(", ", step.Targets)}.", step.Found);
                break;
            case AddressStepKind.Role:
                steps.Add("Role", Warning, $"{step.Address} is nobody's, and every domain has somebody for it: {step.Targets[0]} (RFC 5321 section 4.5.1).", step.Targets[0]);
                break;
            case AddressStepKind.Elsewhere:
                steps.Add("Alias", Pass, $"{step.Address} is on another server.", step.Address);
                break;
            default:
                steps.Add("Account", Fail, $"{step.Address} is neither an account nor an alias, and nothing takes all of the domain.");
                break;
        }
    }

    private static string Said(SmtpReply reply) => reply.ToString().TrimEnd('.');

    private static bool IsTried(RouteHost host) => host.Addresses.Count > 0 || host.Port == 0;

    private static bool TryRead(string recipient, out SmtpPath path)
    {
        var reader = new SmtpReader(Encoding.UTF8.GetBytes($"<{recipient}>"));
        return reader.Path(out path) && reader.AtEnd && !path.IsNull;
    }

    private static string Names(IReadOnlyList<Addressee> addressees) =>
        string.Join(", ", addressees.Select(one => one.Address == one.Account ? $"the mailbox of {one.Account}" : $"the mailbox of {one.Account} (as {one.Address})"));

    private sealed class Steps(string recipient)
    {
        private readonly List<MailRouteStep> _steps = [];

        public void Add(string step, string status, string detail, string? target = null, RouteHost? host = null) => _steps.Add(new MailRouteStep
        {
            Recipient = recipient,
            Number = _steps.Count + 1,
            Step = step,
            Status = status,
            Detail = detail,
            Target = target,
            Host = host?.Name,
            Preference = host?.Preference,
            Address = [.. host?.Addresses.Select(address => address.ToString()) ?? []],
        });

        public IReadOnlyList<MailRouteStep> End((string Verdict, string Detail) found) => End(found.Verdict, found.Detail);

        public IReadOnlyList<MailRouteStep> End(string verdict, string detail)
        {
            _steps.Add(new MailRouteStep
            {
                Recipient = recipient,
                Number = _steps.Count + 1,
                Step = "Verdict",
                Status = verdict switch { "Refused" => Fail, "Deferred" => Warning, _ => Pass },
                Verdict = verdict,
                Detail = $"{verdict}: {detail.TrimEnd('.')}.",
            });
            return _steps;
        }
    }
}
