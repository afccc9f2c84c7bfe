using RemoteSigning.Sandbox;
if (args is ["selftest"]) { string d = Directory.CreateTempSubdirectory().FullName; using var pg = PrivatePostgres.Start(d, d + "/pg.log"); foreach (var c in pg.CreateDatabase("remotesigning", "server", "pki")) Console.WriteLine(c); var h = new SoftHsm(d); Console.WriteLine(h.CreateToken("sam")); if (Environment.GetEnvironmentVariable("CRASH") is not null) Environment.FailFast("crash"); }
return 0;
