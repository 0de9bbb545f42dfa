using MailOps.Dns;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Forwarding;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Security;
using MailOps.Trust.MtaSts;

namespace MailOps.Server.Hosting;

/// <summary>What would become of mail for an address, where no server is asked: by a configuration, or by a store alone.</summary>
public static class RouteTest
{
    /// <summary>By the options of a server that need not run.</summary>
    /// <param name="options">The options.</param>
    /// <param name="question">The address, and who sends.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailServerException">No server can be started with the options.</exception>
    public static async Task<IReadOnlyList<MailRouteStep>> RunAsync(MailServerOptions options, RouteQuestion question, CancellationToken cancel)
    {
        OptionsCheck.Require(options);
        var (outbound, domains) = (options.Outbound, options.Domains.Count > 0 ? options.Domains : [options.HostName]);
        IMailDirectory directory = options.Capture ? new CaptureDirectory(domains) : new AccountDirectory(options.StorePath, domains, new ServerEvents(), options.Clock, options.Postmaster, outbound.Enabled);
        using var resolver = new MailResolver(new MailResolverOptions { Server = outbound.NameServer, Port = outbound.NameServerPort, TimeProvider = options.Clock });
        // What a server has learnt of other domains stays its own.
        var scratch = Directory.CreateTempSubdirectory("mailops-route-");
        try
        {
            await using var sts = new MtaStsService(scratch.FullName, resolver, new MtaStsFetcherOptions { TimeProvider = options.Clock }, _ => { });
            return await RunAsync(options, directory, resolver, new ConnectionPolicies(resolver, sts.Evaluator), question, cancel);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlyList<MailRouteStep>> RunAsync(
        MailServerOptions options, IMailDirectory directory, MailResolver resolver, ConnectionPolicies policies, RouteQuestion question, CancellationToken cancel)
    {
        var outbound = options.Outbound;
        await using var queue = new StoreQueue(options.StorePath);
        var trial = new RouteTrial(
            directory,
            outbound.Enabled && !options.Capture,
            new RouteTable(outbound.Routes, outbound.SmartHost, outbound.SenderRoutes),
            new MailRouter(resolver, outbound.Port, (name, addresses, port) => OwnHosts.Contain(options.HostName, options.Endpoints, name, addresses, port)),
            resolver,
            policies,
            new SenderRewriter(options.StorePath, options.Clock),
            (target, asking) => QueueOfAsync(queue, target, asking));
        return await trial.RunAsync(question, cancel);
    }

    /// <summary>By a store alone: the domains of its accounts and aliases are served, and mail for others goes to their exchangers.</summary>
    /// <param name="storePath">The store's folder.</param>
    /// <param name="question">The address, and who sends.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="AccountException">There is no such store, or its accounts cannot be read.</exception>
    public static Task<IReadOnlyList<MailRouteStep>> RunAsync(string storePath, RouteQuestion question, CancellationToken cancel)
    {
        var names = new AccountRegister(storePath).List().Accounts.Select(account => account.Name).Concat(new AliasRegister(storePath, []).List().Aliases.Select(alias => alias.Name));
        IReadOnlyList<string> domains = [.. names.Select(name => name[(name.LastIndexOf('@') + 1)..]).Where(domain => AccountName.TryDomain(domain, out _)).Distinct(StringComparer.OrdinalIgnoreCase)];
        return RunAsync(Options(storePath, domains), question, cancel);
    }

    /// <summary>What a queue knows of a destination; null if nothing waits for it, or if there is no queue.</summary>
    internal static async Task<MailQueueInfo?> QueueOfAsync(IQueueAccess queue, string target, CancellationToken cancel)
    {
        try
        {
            var page = await queue.GetQueuesAsync(new QueueFilter { NextHops = [target] }, null, cancel);
            return page.Items.FirstOrDefault(one => one.NextHopDomain == target);
        }
        catch (QueueAccessException e) when (e.Fault is QueueAccessFault.NoQueue)
        {
            return null;
        }
    }

    private static MailServerOptions Options(string storePath, IReadOnlyList<string> domains) => new()
    {
        StorePath = storePath,
        Domains = domains,
        Endpoints = [MailEndpoint.AtPath("/")],
        Outbound = new() { Enabled = true },
    };
}
