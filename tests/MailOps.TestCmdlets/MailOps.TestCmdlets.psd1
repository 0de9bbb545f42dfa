@{
    RootModule        = 'MailOps.TestCmdlets.dll'
    ModuleVersion     = '0.1.0'
    GUID              = '6d0b2c0e-6f0e-4d43-9b51-0c1f6c0b7a54'
    Author            = 'MailOps contributors'
    Description       = 'Cmdlets for the specs alone.'
    CmdletsToExport   = '*'
    FunctionsToExport = @()
    AliasesToExport   = @()
}
