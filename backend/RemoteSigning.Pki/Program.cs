using RemoteSigning.Pki;

return await PkiCommands.RunAsync(args, CancellationToken.None);
