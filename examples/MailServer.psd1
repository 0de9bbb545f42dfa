# Everything that a mail server can be started with, each setting with its default. All but StorePath may be left out.
#
#     Test-MailServerConfiguration ./MailServer.psd1
#     Start-MailServer -ConfigurationPath ./MailServer.psd1 -Wait
#
# about_MailServerConfiguration has the meaning of each.
@{
    StorePath      = './store'
    HostName       = 'localhost'
    Domains        = 'localhost'

    ListenAddress  = '127.0.0.1'
    Listeners      = @(
        @{ Protocol = 'Smtp'; Port = 25; Tls = 'StartTls' }
        @{ Protocol = 'Submission'; Port = 587 }
        @{ Protocol = 'Submission'; Port = 465; Tls = 'Implicit' }
        @{ Protocol = 'Pop3'; Port = 110 }
        @{ Protocol = 'Pop3'; Port = 995 }
        @{ Protocol = 'Imap'; Port = 143 }
        @{ Protocol = 'Imap'; Port = 993 }
    )

    # Rules by role. LMTP may also have a Unix socket: @{ Protocol = 'Lmtp'; Path = '/run/mailops/lmtp'; Mode = '0660' }
    Smtp           = @{ Login = 'None'; RequireTls = $false; NormalizeLineEnds = $false; MaxMessageSize = $null; Clients = $null }
    Submission     = @{ Login = 'Required'; RequireTls = $false; NormalizeLineEnds = $false; MaxMessageSize = $null; Clients = $null }
    Lmtp           = @{ Login = 'None'; RequireTls = $false; NormalizeLineEnds = $false; MaxMessageSize = $null; Clients = '127.0.0.0/8', '::1' }

    Metrics        = $null      # @{ Port = 9154; Address = '127.0.0.1' }, for Prometheus
    Certificate    = $null      # '/etc/ssl/mail.pem', or @{ Path = '/etc/ssl/mail.pfx'; PasswordFile = '/etc/ssl/password' }

    ClientCertificates = $null  # @{ Authority = 'staff-ca.pem'; Accounts = @{ 'AB12…' = 'printer@example.com' } }

    Capture        = $false
    Pop3           = @{ UidlFormat = 'Dovecot'; LoginDelay = 0 }   # or 'Courier', 'Cyrus', 'UW', '%v-%u': that of the server that mailboxes come from
    MaxMessageSize = '50MB'
    MaxImapMessages = 0         # of one command of an IMAP client; 0: no limit
    Layout         = $null      # 'MaildirPlusPlus' or 'Fs'
    Quota          = @{ Size = $null; Messages = $null; Mailboxes = $null; RejectOver = $false }
    Postmaster     = $null      # 'ann@example.com'
    SenderCheck    = 'Envelope'

    MaxJunkCommands    = 100
    TransactionTimeout = '01:00:00'
    GreetingDelay      = 0          # '00:00:05': strangers that speak before the greeting are cut off

    Outbound       = @{
        Enabled                      = $false   # $true: who has logged in may send to other servers
        RelayFrom                    = @()      # '10.0.0.20': a printer, which cannot log in
        SmartHost                    = $null    # '[relay.example.com]:587'; without one, to the servers of each domain
        Routes                       = @{}      # @{ 'example.net' = '[mail.example.net]'; '.example.org' = 'lmtp:/run/lmtp.sock' }
        SenderRoutes                 = @{}      # @{ 'ann@example.com' = 'ann@[smtp.example.net]:587' }: a login of the file relay-logins
        Port                         = 25
        NameServer                   = $null    # '127.0.0.1'; without one, the system's
        NameServerPort               = 53
        Lifetime                     = '5.00:00:00'
        WarnAfter                    = '04:00:00'   # 0: senders are not warned
        MaxFutureRelease             = '30.00:00:00'    # 0: nobody may have a message held
        MaxHeldMessages              = 1000             # of an account, 0: any number
        FirstRetry                   = '5m'
        LongestRetry                 = '01:00:00'
        SenderRewriting              = 'Srs'    # of mail that aliases lead elsewhere; 'None': senders stay
        SrsDomain                    = $null    # one of Domains; without one, the alias's
        TlsReports                   = @{
            Contact      = $null    # 'tls-reports@example.com': reports about TLS go to domains that ask for them
            Organization = $null    # 'Example Ltd.'; without one, the contact's domain
        }
        MaxConnectionsPerDestination = 20
        DestinationLimits            = @{
            '*'           = @{ MaxMessagesPerConnection = 50 }
            'example.net' = @{ MaxConnections = 2; MaxMessagesPerMinute = 60 }
        }
    }

    Tracking       = @{         # what became of each message, in the folder tracking of the store
        Enabled = $true
        MaxAge  = '30.00:00:00'
        MaxSize = '2GB'
    }

    ProxyFrom      = @()        # '10.0.0.1'
    XClientFrom    = @()

    Limits         = @{
        MaxConnections           = 1000
        MaxConnectionsPerAddress = 100
        Exempt                   = '127.0.0.0/8', '::1'
        HandshakeTimeout         = '30s'
    }
    Rates          = @{         # 0: no limit
        ConnectionsPerMinute    = 300
        CommandsPerMinute       = 6000
        MessagesPerMinute       = 600
        RecipientsPerMinute     = 3000
        AccountMessagesPerDay   = 2000
        AccountRecipientsPerDay = 10000
    }
    Authentication = @{
        AllowPlaintextLogin = $false
        OfferChannelBinding = $false
        FailureDelay        = 0.5
        MaxFailureDelay     = 4
        Tokens              = $null     # @{ KeyPath = 'jwks.json'; Issuer = 'https://login.example.com'; Audience = 'mail' }
        FailureLogPath      = $null     # '/var/log/mailops-logins.log', for fail2ban
        Limits              = @{
            FailuresPerAddress = 10
            FailuresPerAccount = 20
            Window             = '15m'
            LockTime           = '15m'
            Exempt             = '127.0.0.0/8', '::1'
            MostRemembered     = 16384
        }
    }
}
