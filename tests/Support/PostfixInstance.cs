namespace MailOps.Tests.Support;

/// <summary>What every private Postfix has: its folders, services, mailboxes of nobody's, a log, and an end.</summary>
/// <param name="folder">The folder that all of it lies in.</param>
internal sealed class PostfixInstance(PrivateFolder folder)
{
    private static readonly string[] Services =
        ["cleanup", "rewrite:trivial-rewrite", "bounce", "defer:bounce", "trace:bounce", "verify", "flush", "proxymap", "smtp", "error", "retry:error", "discard", "virtual", "anvil", "tlsmgr", "scache"];

    public string Log => File.Exists(folder.Of("log")) ? File.ReadAllText(folder.Of("log")) : "";

    private string Configuration => folder.Of("etc");

    /// <summary>Starts it.</summary>
    /// <param name="settings">Lines of main.cf beside the usual ones.</param>
    /// <param name="listeners">Lines of master.cf for the ports.</param>
    public async Task StartAsync(string settings, params string[] listeners)
    {
        folder.Write("etc/main.cf", $"""
            compatibility_level = 3.6
            queue_directory = {folder.Of("queue")}
            data_directory = {folder.Of("data")}
            command_directory = /usr/sbin
            daemon_directory = /usr/lib/postfix/sbin
            mail_owner = postfix
            setgid_group = postdrop
            maillog_file = {folder.Of("log")}
            maillog_file_prefixes = {folder.Path}
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            mydestination =
            alias_maps =
            local_recipient_maps =
            virtual_mailbox_base = {folder.Of("mail")}
            virtual_uid_maps = static:65534
            virtual_gid_maps = static:65534
            virtual_minimum_uid = 1
            smtpd_peername_lookup = no
            {settings}

            """);
        folder.Write("etc/master.cf", string.Join('\n',
        [
            .. Services.Select(service => service.Split(':')).Select(service =>
                $"{service[0]} unix {(service[0] is "cleanup" or "flush" ? "n" : "-")} {(service[0] is "virtual" ? "n" : "-")} n - {ProcessLimit(service[0])} {service[^1]}"),
            "pickup unix n - n 60 1 pickup",
            "qmgr unix n - n 300 1 qmgr",
            "postlog unix-dgram n - n - 1 postlogd",
            .. listeners,
        ]) + "\n");
        foreach (var part in new[] { "queue", "data", "mail" })
            Directory.CreateDirectory(folder.Of(part));
        await PrivateFolder.RunAsync("chown", "postfix", folder.Of("data"));
        await PrivateFolder.RunAsync("chown", "nobody:nogroup", folder.Of("mail"));
        await PrivateFolder.RunAsync("/usr/sbin/postfix", "-c", Configuration, "start");
    }

    /// <summary>Ends it, if it ever came up.</summary>
    public async Task StopAsync()
    {
        if (!File.Exists(folder.Of("queue/pid/master.pid")))
            return;
        try
        {
            await PrivateFolder.RunAsync("/usr/sbin/postfix", "-c", Configuration, "abort");
        }
        catch (InvalidOperationException)
        {
            // It never came up.
        }
    }

    private static string ProcessLimit(string service) => service switch
    {
        "cleanup" or "bounce" or "defer" or "trace" or "flush" => "0",
        "verify" or "anvil" or "tlsmgr" or "scache" => "1",
        _ => "-",
    };
}
