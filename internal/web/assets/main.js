var __defProp=Object.defineProperty;var __export=(target,all)=>{for(var name2 in all)__defProp(target,name2,{get:all[name2],enumerable:!0})};var alerts_exports={};__export(alerts_exports,{ask:()=>ask,changed:()=>changed2,list:()=>list,of:()=>of,onAlerts:()=>onAlerts,silenced:()=>silenced,start:()=>start,
stop:()=>stop,textOf:()=>textOf,urgency:()=>urgency,worst:()=>worst});var format_exports={};__export(format_exports,{bytes:()=>bytes,clock:()=>clock,collator:()=>collator,duration:()=>duration,hour:()=>hour,moment:()=>moment,number:()=>number,
percent:()=>percent,rate:()=>rate,since:()=>since});var i18n_exports={};__export(i18n_exports,{currentLanguage:()=>currentLanguage,has:()=>has,locale:()=>locale,onLanguage:()=>onLanguage,setLanguage:()=>setLanguage,
t:()=>t,translate:()=>translate});var en={skip:"Skip to content",home:"Mikronec, all routers",language:"Language",switchTheme:"Switch between dark and light theme",signOut:"Sign out",signOutOf:"\
Sign out (key {name})",cancel:"Cancel",signInTitle:"Sign in",signInLead:"Monitor your routers in real time. Sign in with an API key of this server.",apiKey:"API\
 key",showKey:"Show key",keepKey:"Stay signed in",keepNot:"Until this page is reloaded",keepTab:"Until this tab is closed",keepDevice:"On this device",share:"Sh\
are",shareTitle:"Share access",shareLead:"Whoever opens the link gets a key of its own, which you can take back. The link works once, within a day.",shareRole:"\
May","role.viewer":"View only","role.operator":"View and run commands","role.admin":"Everything, also share",shareRouters:"Routers",allRouters:"All routers",shareFor:"\
Valid for","life.day":"1 day","life.week":"7 days","life.month":"30 days","life.ever":"No end","life.own":"As your own key",shareName:"Name of the key",shareNameHint:"\
Shown in the log and below.",createLink:"Create link",linkReady:"Scan the code with the other phone, or send the link.",linkOnce:"It works once, until {time}.",
qrCode:"QR code of the link",copyLink:"Copy link",sendLink:"Send",sharedKeys:"Shared access",notOpened:"not opened yet",validUntil:"until {time}",takeBack:"Take\
 back",takeBackOf:"Take back {name}",takenBack:"{name} was taken back.",inviteTitle:"You are invited",inviteLead:"Open the dashboard with a key of your own. Thi\
s link works once.",inviteKeep:"Open, stay signed in",inviteTab:"In this tab only",notNow:"Not now",signIn:"Sign in",signingIn:"Checking the key\u2026",keyExpires:"\
This key is valid until {time}. Ask the server admin for a new one.",readOnly:"This server is read-only: routers cannot be changed from here.",fleet:"Routers",search:"\
Search",searchHint:"Router, user, IP, MAC",sort:"Sort by",sortName:"Name",sortState:"Problems first",sortCpu:"CPU load",sortUsers:"Active users",filterState:"Fi\
lter by state",all:"All","state.up":"Online","state.down":"Offline","state.connecting":"Connecting","state.login_failed":"Login refused",usersOnline:{one:"{coun\
t} user online",other:"{count} users online"},loadingRouters:"Loading the routers\u2026",noRouters:"No routers yet",noRoutersHint:"Add the first one: enter its \
IP address and a router user with the policy api.",noMatch:"No matching router",clearFilters:"Show all",shown:{one:"{count} router shown",other:"{count} routers\
 shown"},cpu:"CPU",memory:"Memory",since:"since {time}",upFor:"uptime {time}",nextAttempt:"Next attempt {time}.",noData:"no data yet","unit.day":"d","unit.hour":"\
h","unit.minute":"min","unit.second":"s",lost:"Connection lost. Reconnecting\u2026 Last update {time}",lostNever:"The server does not respond. Reconnecting\u2026",
silent:"The server has stopped answering. Trying again\u2026 Last update {time}",lastData:"Last update {time}",reload:"Reload the page",resumed:"Reconnected. Mi\
ssed data has been loaded.",resumedReset:"Reconnected. Some changes were missed, so the tables were reloaded.",connectRouter:"Add router",connectLead:"Mikronec \
logs in to the router and keeps one API session open.",routerId:"Name (router_id)",routerIdHint:"Name of the router on this server, for example cabang-jakarta-0\
1",host:"IP address or host",hostHint:"Add :port if the API port was changed",user:"Username",password:"Password",security:"Connection type",tlsOff:"Plain API (\
8728)",tlsVerify:"API-SSL, verify certificate (8729)",tlsPin:"API-SSL, match fingerprint",tlsInsecure:"API-SSL, no check (not secure)",fingerprint:"SHA-256 fing\
erprint",fingerprintHint:"Leave empty at first: the fingerprint of the router is then shown for you to compare.",connect:"Connect",connectingRouter:"Connecting\u2026",
connected:"{id} is connected.",addAnyway:"Add anyway",addAnywayHint:"You can add it anyway: it is shown as offline, and the server keeps trying.",added:"{id} wa\
s added.",disconnect:"Disconnect",disconnectTitle:"Disconnect from {id}?",disconnectLead:"The router is removed from the list and no longer monitored. The route\
r and its users keep working.",disconnected:"{id} is disconnected.",reboot:"Reboot","restart.reboot":"Reboot {id}?","restart.off":"Turn off {id}?","restart.rese\
t":"Replace the configuration of {id}?","restartLead.reboot":"The router restarts. All of its users are offline until it is back.","restartLead.off":"The router\
 stays off until somebody turns it on where it stands.","restartLead.reset":"The router restarts with another configuration. It may not be reachable afterwards.",
"restartAction.off":"Turn off","restartAction.reset":"Replace",restartName:"To confirm, type the name {id}",restartWaits:"Restart sent at {time}. Waiting until \
the router is back.",restartOff:"Turned off at {time}. It has to be turned on where it stands.",restartStill:"The restart was sent at {time}, but the router is \
still connected. Check its log.",restartLate:"The restart was sent at {time} and the router is not back. Check power and uplink where it stands.",restartBack:"{\
id} is back after {time}.",back:"All routers",unknownRouter:"Router {id} not found",unknownRouterHint:"It may have been disconnected.",interfaces:"Interfaces",interface:"\
Interface",traffic:"Traffic",rx:"Rx",tx:"Tx",graphOf:"{name} over {span}, now {value}",timespan:"Time shown",span10min:"10 min",span1h:"1 h",span24h:"24 h",noHistory:"\
Nothing has been kept of this. With HISTORY=24h the server keeps a day.",historyFailed:"The history could not be loaded. Trying again in a minute.",tables:"Deta\
ils of this router",events:"Sessions",log:"Log",terminal:"Terminal",name:"Name",address:"IP address",mac:"MAC address",service:"Service",uptime:"Uptime",download:"\
Download",upload:"Upload",type:"Type",running:"running",comment:"Comment",searchRows:"Search the table",rows:{one:"{count} row",other:"{count} rows"},rowsOf:"{c\
ount} of {all} rows",userAdded:"connected",userRemoved:"disconnected",rowAdded:"new",rowRemoved:"removed",emptyTable:"No active users.",emptySearch:"No matches.",
oldRows:"Old data, not updated: {error}",eventUp:"{name} connected",eventDown:"{name} disconnected",eventLost:"{count} earlier events were not recorded",lineUse:"\
watching takes {amount} per minute",eventGap:"Earlier events may be missing",noEvents:"No user has connected or disconnected since this page was opened.",noLog:"\
No new log lines since this page was opened.",menu:"Settings",usersShort:"Users",macOrCaller:"MAC / caller ID",downloaded:"Downloaded",uploaded:"Uploaded",downNow:"\
Download now",upNow:"Upload now",limit:"Limit",state:"State",disabled:"disabled",notRunning:"not running",hostOrComment:"Host",server:"Server",dynamic:"dynamic",
static:"static",expires:"Expires after",hostName:"Host name",dhcp:"DHCP leases",noLeases:"No DHCP leases.",close:"Close",copyOf:"Copy {name}",copied:"Copied: {t\
ext}",notCopied:"This browser copies only on HTTPS pages. Select the text and copy it.",kick:"Disconnect",kicked:"{name} is disconnected.",kickAndDisable:"Disco\
nnect and disable",disableTitle:"Disable {name}?",disableLead:"The session ends and the account cannot log in until it is enabled again.",disable:"Disable",disabledUser:"\
{name} is disconnected and disabled.",logOf:"Log",ping:"Ping",torch:"Torch",pingOf:"Ping {address}",torchOf:"Torch on {name}",loss:"loss {n}%",rowGone:"No longe\
r there. These are the last values.",moreActs:"More",edit:"Edit",editTitle:"Edit {id}",editLead:"Only what you change is sent. The new settings are tried first.",
newPassword:"New password",changePassword:"Change password",unchanged:"unchanged",save:"Save",saveAnyway:"Save anyway",saveAnywayHint:"You can save it anyway: t\
he server keeps trying with the new settings.",saved:"{id} is saved.",retry:"Retry now",retrying:"Connecting to {id}\u2026",retryFailed:"Still not connected: {w\
hy}",suggestions:"Suggestions",copyCurl:"Copy as curl",people:"Users and hosts",searching:"Searching\u2026",nobody:"No user or host found in what was read.",peopleOf:"\
The first {count} are shown. Type more to find others.",silentInstances:"No answer from {names}: what is at their routers is missing.",readAt:"read {time}",reading:"\
Reading the tables of all routers\u2026",readTables:{one:"Read {count} router that nobody has opened",other:"Read {count} routers that nobody has opened"},doctor:"\
Doctor",doctorOf:"Doctor of {id}",doctorLead:"What hinders the router from being watched, and what helps.",examining:"Examining\u2026",command:"Command",commandHint:"\
/ip address print  \xB7  ping address=192.168.88.1  \xB7  log print follow",run:"Run",stop:"Stop",sentAs:"Sent to the API as",runs:{one:"running, {count} row",other:"\
running, {count} rows"},done:{one:"done, {count} row",other:"done, {count} rows"},doneValue:"done, the result is {value}",stopped:{one:"stopped after {count} ro\
w",other:"stopped after {count} rows"},failed:"did not complete",onlyNewest:"Only the newest {count} rows are shown.",result:"Result of the command",mayNotRun:"\
This key is for viewing only, it may not run commands.",mayHaveRun:"The command may have been executed. Check on the router before you repeat it.",cannotTitle:"\
The API of the router cannot do that.","cannot.script":'It runs one command at a time, without scripts. Enter the commands one by one, or use /execute script="\u2026\
".',"cannot.variable":"It has no variables. Enter the value itself; for the character $ write \\$.","cannot.find":"It has no find and no [ ]. Print the table wi\
th where, then use the value of .id: set *1 \u2026, remove *1","cannot.regex":"It has no regular expressions (~). Print without this condition and search in the\
 table below, or compare with = or !=.","cannot.compare":"It only compares with =, !=, <, >, <= and >=. Print without this condition and search in the table bel\
ow.","cannot.rownumber":"It has no row numbers. Print the table, then use the value of .id (*1) or a name.","cannot.quote":'A quotation mark is missing: comment\
="a b"; inside, write \\" for a quotation mark.',"cannot.where":'This condition or command is not understood. Examples: print where interface=ether1 \xB7 print whe\
re disabled=yes or comment="a b"',unknownError:"An error occurred.",routerMessage:"Message of the router:",serverMessage:"Message of the server:",requestId:"Req\
uest ID: {id}","what.offline":"The server cannot be reached.","error.offline":"Check the connection of this device, then check that the server is running.","wha\
t.no_answer":"The server did not answer in time.","error.no_answer":"It is stopped or overloaded, or the connection was cut. Check the server, then try again.",
"what.invitation_over":"This invitation is no longer valid.","error.invitation_over":"It was used or taken back, or it has expired. Ask for a new link.","what.k\
ey_in_link":"A key in a link is not accepted.","error.key_in_link":"Others may have read it. Copy the key and paste it here; it was removed from the address bar\
.","what.proxy_login":"Something before the server wants a login.","error.proxy_login":"Reload the page and log in there: a proxy or portal answered in place of\
 the server.","what.proxy_unreachable":"The proxy does not reach the server.","error.proxy_unreachable":"Check that the server is running and that the proxy has\
 its right address and port.","what.proxy_refused":"Something before the server refused the request.","error.proxy_refused":"Check the proxy between browser and\
 server: it has to pass this path unchanged.","what.origin_refused":"The server takes this page for one of another origin.","error.origin_refused":"The key is n\
ot the reason. The proxy must pass the header Host with the port (nginx: proxy_set_header Host $http_host), or set ALLOWED_ORIGINS={origin} on the server.","wha\
t.unauthorized":"The API key is wrong or missing.","error.unauthorized":"Copy the whole key again, or ask the server admin for a new one.","what.key_ended":"You\
r session has ended: this key is no longer valid.","error.key_ended":"Ask the server admin for a new key.","what.ticket_expired":"The stream ticket has expired.",
"error.ticket_expired":"Reload the page; it gets a new ticket by itself.","what.forbidden":"This key does not have the right to do that.","error.forbidden":"Ask\
 the server admin for a key with a suitable role and routers.","what.command_denied":"The command was denied by a rule of the key or the server.","error.command\
_denied":"Nothing was sent to the router. If you need the command, ask the server admin to change the rule.","what.address_refused":"The server is not allowed t\
o connect to that address.","error.address_refused":"Check the IP address, or ask the server admin to add it to ROUTER_NETWORKS.","what.invalid_request":"The in\
put or the command is not valid.","error.invalid_request":"Correct what the message below names, then try again.","what.unknown_router":"This router is not in t\
he list of the server.","error.unknown_router":"Add it again; without DATA_DIR the list is empty after a restart of the server.","what.not_found":"The server do\
es not know this request.","error.not_found":"Reload the page; page and server may be of different versions.","what.method_not_allowed":"The server does not kno\
w this request.","error.method_not_allowed":"Reload the page; page and server may be of different versions.","what.body_too_large":"The data sent is too large.",
"error.body_too_large":"Send it in several parts, each below 1 MiB.","what.unsupported_media_type":"The server does not accept this format.","error.unsupported_\
media_type":"Check the proxy between browser and server: Content-Type must be application/json.","what.router_refused":"The router refused this command.","error\
.router_refused":"Read the message of the router below. Often a package is not installed, or the user lacks a policy.","what.login_failed":"The router refused t\
he login.","error.login_failed":"Check username, password, the policy api and Allowed Address in System > Users, then connect again.","what.certificate_refused":"\
The certificate of the router does not match. No password was sent.","error.certificate_refused":"Compare the fingerprint below with /certificate print detail, \
then choose \u201Cmatch fingerprint\u201D.","what.router_busy":"The command queue of this router is full.","error.router_busy":"Wait a moment, then try again.",
"what.too_much_in_flight":"The server holds too many answers.","error.too_much_in_flight":"Wait a moment, or ask for fewer fields (=.proplist=) or rows (where).\
 Check the router before you repeat a change.","what.rate_limited":"Too many requests.","error.rate_limited":"Wait a moment, then try again. Repeated wrong keys\
 count as well.","what.quota_exceeded":"The limit of streams, routers or keys is reached.","error.quota_exceeded":"Close another tab, disconnect a router, or ta\
ke back a key that nobody needs.","what.internal":"The server has an internal error.","error.internal":"Report it to the server admin with the request ID.","wha\
t.router_unreachable":"The router cannot be reached.","error.router_unreachable":"Check power, uplink and IP address of the router, then the service api in IP >\
 Services.","what.reply_too_large":"The answer of the router is too large.","error.reply_too_large":"Ask for fewer fields (=.proplist=) or rows (where), then tr\
y again.","what.declared":"This is declared in a file of the server.","error.declared":"It can be changed there only (ROUTERS_FILE, API_KEYS_FILE). Tell the ser\
ver admin.","what.changed":"The router has something else there by now.","error.changed":"Nothing was changed. Look at the list again: the user has gone, or the\
 router has another name.","what.name_taken":"There is a key or an invitation of this name.","error.name_taken":"Choose another name, or take that one back firs\
t.","what.receiver_failed":"The test message was not delivered.","error.receiver_failed":"The receiver did not take it. Tell the server admin to check ALERTS_FI\
LE.","what.store_unavailable":"The change cannot be saved.","error.store_unavailable":"Nothing was changed. Tell the server admin: the disk of DATA_DIR is full \
or not writable.","what.audit_log_full":"The audit log cannot be written.","error.audit_log_full":"Nothing was sent. Tell the server admin: the disk of the log \
is full or not writable.","what.starting":"The server is still starting.","error.starting":"Wait a few seconds, then try again.","what.shutting_down":"The serve\
r is shutting down.","error.shutting_down":"Try again in a moment; if this stays, contact the server admin.","what.timeout":"The router did not answer in time.",
"error.timeout":"Check the connection, firewall and CPU load of the router, then try again.","cause.refused":"Connection refused: the service api is disabled, o\
r the port is wrong.","cause.host":"The server cannot find this host name.","cause.route":"The server has no route to the router: check its network, VPN and sub\
net.","cause.closed":"The router closed the connection before the login: check Available From in IP > Services, and the firewall.","cause.tls":"Wrong port: 8728\
 is the plain API, 8729 is API-SSL.","cause.certificate":"The service api-ssl has no certificate, or its RouterOS is too old.","cause.silent":"No answer: the ro\
uter is offline, the IP address is wrong, or a firewall blocks it.","cause.login":"Wrong username or password.","cause.radius":"The RADIUS server of the router \
did not answer.","cause.policy":"The user lacks a policy.","cause.command":"Unknown command, or its package is not installed.",alerts:"Alerts",servedBy:"served \
by {name}",ownedBy:"session at {name}",wireless:"Wireless",noRadio:"Nobody is connected by radio, or this router has none.",client:"Client",signal:"Signal",txRate:"\
Tx rate",rxRate:"Rx rate",sessionInterfaces:"Interfaces of sessions, too",sortTraffic:"Traffic",alertsFiring:{one:"{count} alert",other:"{count} alerts"},noAlerts:"\
No alert fires.",alertReceivers:"Receivers",alertsTold:"History",nothingTold:"Nothing has been told yet.",noReceivers:"Nobody is told. Rules and receivers are i\
n ALERTS_FILE on the server.",silence:"Silence",silenceFor:"For {time}",unsilence:"End silence",silencedUntil:"silenced until {time}",alertUnknown:"state unknow\
n at present",alertClearing:"about to end",alertUntold:"nobody was told",alertOver:"Over: {what}",andMore:{one:"and {count} more alert",other:"and {count} more \
alerts"},"receiver.ok":"works","receiver.failing":"does not accept messages","receiver.gone":"wants no more messages",receiverWaits:{one:"{count} message waits",
other:"{count} messages wait"},sendTest:"Send a test",testing:"Sending\u2026",tested:"The test message was delivered.",testedAt:"{name} has the test message.","\
alert.router.down":"is offline","alert.router.up":"is online","alert.router.login_refused":"refuses the login","alert.router.certificate_refused":"has a certifi\
cate that is not accepted","alert.router.flapping":"lost its connection {value} times","alert.router.rebooted":"has rebooted","alert.cpu":"CPU load {value}","al\
ert.memory":"memory used {value}","alert.disk":"disk used {value}","alert.temperature":"{subject} {value}","alert.voltage":"{subject} {value}","alert.users":"ac\
tive users {value}","alert.users.ppp":"active PPP users {value}","alert.users.hotspot":"active hotspot users {value}","alert.interface.down":"interface {subject\
} is down","alert.interface.rx":"interface {subject}, Rx {value}","alert.interface.tx":"interface {subject}, Tx {value}","alert.interface.errors":"interface {su\
bject}, errors {value}","alert.pool":"pool {subject} is {value} full","alert.user.up":"user {subject} connected {value}","alert.user.down":"user {subject} disco\
nnected {value}","alert.log":"line in the log {value}","alert.login.failed":"failed logins {value} {subject}","alert.config.changed":"configuration changed {val\
ue}","alert.poll.stretched":"slow, read every {value}","alert.server.audit_slow":"audit log waits for the disk","alert.server.wrong_keys":"requests with a wrong\
 API key: {value}"};var id={skip:"Langsung ke isi",home:"Mikronec, semua router",language:"Bahasa",switchTheme:"Ganti tema gelap/terang",signOut:"Keluar",signOutOf:"Keluar (key {na\
me})",cancel:"Batal",signInTitle:"Masuk",signInLead:"Pantau router Anda secara real-time. Masuk dengan API key server ini.",apiKey:"API key",showKey:"Tampilkan \
key",keepKey:"Tetap masuk",keepNot:"Sampai halaman dimuat ulang",keepTab:"Sampai tab ini ditutup",keepDevice:"Di perangkat ini",share:"Bagikan",shareTitle:"Bagi\
kan akses",shareLead:"Yang membuka link ini mendapat key sendiri, yang bisa Anda cabut. Link bisa dipakai satu kali, paling lama satu hari.",shareRole:"Hak akse\
s","role.viewer":"Hanya melihat","role.operator":"Melihat dan menjalankan perintah","role.admin":"Semua, termasuk membagikan",shareRouters:"Router",allRouters:"\
Semua router",shareFor:"Masa berlaku","life.day":"1 hari","life.week":"7 hari","life.month":"30 hari","life.ever":"Tanpa batas","life.own":"Selama key Anda",shareName:"\
Nama key",shareNameHint:"Tampil di log dan daftar di bawah.",createLink:"Buat link",linkReady:"Scan kode ini dengan HP lain, atau kirim link-nya.",linkOnce:"Bis\
a dipakai satu kali, sampai {time}.",qrCode:"Kode QR untuk link ini",copyLink:"Salin link",sendLink:"Kirim",sharedKeys:"Akses yang dibagikan",notOpened:"belum d\
ibuka",validUntil:"sampai {time}",takeBack:"Cabut",takeBackOf:"Cabut {name}",takenBack:"Akses {name} sudah dicabut.",inviteTitle:"Anda diundang",inviteLead:"Buk\
a dasbor dengan key sendiri. Link ini bisa dipakai satu kali.",inviteKeep:"Buka dan ingat",inviteTab:"Di tab ini saja",notNow:"Nanti saja",signIn:"Masuk",signingIn:"\
Memeriksa key\u2026",keyExpires:"Key ini berlaku sampai {time}. Minta key baru ke admin server.",readOnly:"Server ini hanya untuk melihat (read-only): router ti\
dak bisa diubah dari sini.",fleet:"Router",search:"Cari",searchHint:"Router, user, IP, MAC",sort:"Urutkan",sortName:"Nama",sortState:"Bermasalah dulu",sortCpu:"\
Beban CPU",sortUsers:"Pengguna aktif",filterState:"Filter status",all:"Semua","state.up":"Online","state.down":"Offline","state.connecting":"Menghubungkan","sta\
te.login_failed":"Login ditolak",usersOnline:{other:"{count} pengguna online"},loadingRouters:"Memuat daftar router\u2026",noRouters:"Belum ada router yang terh\
ubung",noRoutersHint:"Tambahkan router pertama: isi IP address dan user router yang punya policy api.",noMatch:"Tidak ada router yang cocok",clearFilters:"Tampi\
lkan semua",shown:{other:"{count} router ditampilkan"},cpu:"CPU",memory:"Memori",since:"sejak {time}",upFor:"uptime {time}",nextAttempt:"Dicoba lagi {time}.",noData:"\
belum ada data","unit.day":"hari","unit.hour":"jam","unit.minute":"mnt","unit.second":"dtk",lost:"Koneksi ke server terputus, sedang menghubungkan ulang. Data t\
erakhir {time}.",lostNever:"Server tidak merespons, sedang menghubungkan ulang.",silent:"Server berhenti merespons, sedang dicoba lagi. Data terakhir {time}.",lastData:"\
Data terakhir {time}.",reload:"Muat ulang halaman",resumed:"Terhubung lagi. Data yang terlewat sudah dilengkapi.",resumedReset:"Terhubung lagi. Sebagian perubah\
an terlewat, jadi tabel dimuat ulang.",connectRouter:"Tambah router",connectLead:"Mikronec login ke router dan mempertahankan satu sesi API.",routerId:"Nama (ro\
uter_id)",routerIdHint:"Nama router di server ini, misalnya cabang-jakarta-01",host:"IP address atau host",hostHint:"Tambahkan :port bila port API sudah diganti",
user:"Username",password:"Password",security:"Jenis koneksi",tlsOff:"API biasa (8728)",tlsVerify:"API-SSL, cek sertifikat (8729)",tlsPin:"API-SSL, cocokkan fing\
erprint",tlsInsecure:"API-SSL, tanpa cek (tidak aman)",fingerprint:"Fingerprint SHA-256",fingerprintHint:"Kosongkan dulu: fingerprint router akan ditampilkan un\
tuk dicocokkan.",connect:"Hubungkan",connectingRouter:"Menghubungkan\u2026",connected:"{id} terhubung.",addAnyway:"Tetap tambahkan",addAnywayHint:"Router ini te\
tap bisa ditambahkan: tampil sebagai offline, dan server terus mencoba menghubunginya.",added:"{id} ditambahkan.",disconnect:"Putuskan",disconnectTitle:"Putuska\
n koneksi ke {id}?",disconnectLead:"Router ini keluar dari daftar dan tidak dipantau lagi. Router dan pelanggannya tetap jalan.",disconnected:"Koneksi ke {id} s\
udah diputus.",reboot:"Reboot","restart.reboot":"Reboot {id}?","restart.off":"Matikan {id}?","restart.reset":"Ganti konfigurasi {id}?","restartLead.reboot":"Rou\
ter akan reboot. Semua penggunanya offline sampai router kembali.","restartLead.off":"Router tetap mati sampai dinyalakan di lokasinya.","restartLead.reset":"Ro\
uter akan reboot dengan konfigurasi lain. Setelah itu router mungkin tidak bisa dihubungi.","restartAction.off":"Matikan","restartAction.reset":"Ganti",restartName:"\
Untuk konfirmasi, ketik nama {id}",restartWaits:"Perintah reboot dikirim {time}. Menunggu router kembali.",restartOff:"Dimatikan {time}. Router harus dinyalakan\
 di lokasinya.",restartStill:"Perintah reboot dikirim {time}, tetapi router masih terhubung. Cek log router.",restartLate:"Perintah reboot dikirim {time} dan ro\
uter belum kembali. Cek listrik dan uplink di lokasinya.",restartBack:"{id} kembali online setelah {time}.",back:"Semua router",unknownRouter:"Router {id} tidak\
 ditemukan",unknownRouterHint:"Mungkin koneksinya sudah diputus.",interfaces:"Interface",interface:"Interface",traffic:"Trafik",rx:"Rx",tx:"Tx",graphOf:"{name} \
{span} terakhir, sekarang {value}",timespan:"Rentang waktu",span10min:"10 mnt",span1h:"1 jam",span24h:"24 jam",noHistory:"Belum ada riwayat. Dengan HISTORY=24h,\
 server menyimpan data satu hari.",historyFailed:"Riwayat gagal dimuat. Dicoba lagi dalam satu menit.",tables:"Detail router ini",events:"Login/logout",log:"Log",
terminal:"Terminal",name:"Nama",address:"IP address",mac:"MAC address",service:"Service",uptime:"Uptime",download:"Download",upload:"Upload",type:"Tipe",running:"\
running",comment:"Komentar",searchRows:"Cari di tabel",rows:{other:"{count} baris"},rowsOf:"{count} dari {all} baris",userAdded:"baru",userRemoved:"putus",rowAdded:"\
baru",rowRemoved:"dihapus",emptyTable:"Tidak ada pengguna aktif.",emptySearch:"Tidak ada yang cocok.",oldRows:"Data lama, belum diperbarui: {error}",eventUp:"{n\
ame} login",eventDown:"{name} logout",eventLost:"{count} kejadian sebelumnya tidak tercatat",lineUse:"pemantauan memakai {amount} per menit",eventGap:"Sebagian \
kejadian sebelumnya mungkin tidak tercatat",noEvents:"Belum ada login atau logout sejak halaman ini dibuka.",noLog:"Belum ada log baru sejak halaman ini dibuka.",
menu:"Pengaturan",usersShort:"Pengguna",macOrCaller:"MAC / caller ID",downloaded:"Total download",uploaded:"Total upload",downNow:"Download sekarang",upNow:"Upl\
oad sekarang",limit:"Limit",state:"Status",disabled:"disabled",notRunning:"tidak running",hostOrComment:"Host",server:"Server",dynamic:"dynamic",static:"static",
expires:"Expires after",hostName:"Host name",dhcp:"DHCP lease",noLeases:"Tidak ada DHCP lease.",close:"Tutup",copyOf:"Salin {name}",copied:"Disalin: {text}",notCopied:"\
Browser hanya bisa menyalin di halaman HTTPS. Pilih teksnya lalu salin.",kick:"Kick",kicked:"{name} sudah di-kick.",kickAndDisable:"Kick dan disable",disableTitle:"\
Disable {name}?",disableLead:"Sesinya diakhiri dan akunnya tidak bisa login sampai di-enable lagi.",disable:"Disable",disabledUser:"{name} sudah di-kick dan di-\
disable.",logOf:"Log",ping:"Ping",torch:"Torch",pingOf:"Ping {address}",torchOf:"Torch di {name}",loss:"loss {n}%",rowGone:"Sudah tidak ada. Ini data terakhirny\
a.",moreActs:"Lainnya",edit:"Ubah",editTitle:"Ubah {id}",editLead:"Hanya yang diubah yang dikirim. Pengaturan baru dicoba dulu.",newPassword:"Password baru",changePassword:"\
Ganti password",unchanged:"tidak diubah",save:"Simpan",saveAnyway:"Tetap simpan",saveAnywayHint:"Tetap bisa disimpan: server terus mencoba dengan pengaturan bar\
u.",saved:"{id} disimpan.",retry:"Coba sekarang",retrying:"Menghubungi {id}\u2026",retryFailed:"Belum terhubung: {why}",suggestions:"Saran",copyCurl:"Salin seba\
gai curl",people:"Pengguna dan host",searching:"Mencari\u2026",nobody:"Tidak ada pengguna atau host di data yang sudah dibaca.",peopleOf:"{count} pertama ditamp\
ilkan. Ketik lebih lengkap untuk mencari yang lain.",silentInstances:"{names} tidak merespons: data router yang ditanganinya tidak tercantum.",readAt:"dibaca {t\
ime}",reading:"Membaca tabel semua router\u2026",readTables:{other:"Baca {count} router yang belum dibuka"},doctor:"Diagnosis",doctorOf:"Diagnosis {id}",doctorLead:"\
Penyebab router tidak bisa dipantau dan cara memperbaikinya.",examining:"Memeriksa\u2026",command:"Perintah",commandHint:"/ip address print  \xB7  ping address=192\
.168.88.1  \xB7  log print follow",run:"Jalankan",stop:"Hentikan",sentAs:"Dikirim ke API sebagai",runs:{other:"berjalan, {count} baris"},done:{other:"selesai, {\
count} baris"},doneValue:"selesai, hasilnya {value}",stopped:{other:"dihentikan setelah {count} baris"},failed:"berhenti karena error",onlyNewest:"Hanya {count}\
 baris terbaru yang ditampilkan.",result:"Hasil perintah",mayNotRun:"Key ini hanya boleh melihat, tidak boleh menjalankan perintah.",mayHaveRun:"Perintah mungki\
n sudah dijalankan. Cek dulu di router sebelum mengulang.",cannotTitle:"API router tidak bisa melakukan itu.","cannot.script":'API menjalankan satu perintah saj\
a, tanpa script. Jalankan perintah satu per satu, atau pakai /execute script="\u2026".',"cannot.variable":"API tidak punya variabel. Isi nilainya langsung; untu\
k karakter $ tulis \\$.","cannot.find":"API tidak punya find dan [ ]. Print tabelnya dengan where, lalu pakai nilai .id: set *1 \u2026, remove *1","cannot.regex":"\
API tidak punya regular expression (~). Print tanpa syarat ini lalu cari di tabel di bawah, atau bandingkan dengan = atau !=.","cannot.compare":"API hanya memba\
ndingkan dengan =, !=, <, >, <= dan >=. Print tanpa syarat ini lalu cari di tabel di bawah.","cannot.rownumber":"API tidak punya nomor baris. Print tabelnya, la\
lu pakai nilai .id (*1) atau nama.","cannot.quote":'Tanda kutip kurang: comment="a b"; di dalamnya, tulis \\" untuk tanda kutip.',"cannot.where":'Syarat atau pe\
rintah ini tidak dikenali. Contoh: print where interface=ether1 \xB7 print where disabled=yes or comment="a b"',unknownError:"Terjadi error.",routerMessage:"Pes\
an router:",serverMessage:"Pesan server:",requestId:"Request ID: {id}","what.offline":"Server tidak bisa dihubungi.","error.offline":"Cek koneksi perangkat ini,\
 lalu cek apakah server berjalan.","what.no_answer":"Server tidak merespons tepat waktu.","error.no_answer":"Server berhenti atau kelebihan beban, atau koneksi \
terputus. Cek server, lalu coba lagi.","what.invitation_over":"Undangan ini tidak berlaku lagi.","error.invitation_over":"Undangan sudah dipakai, dicabut, atau \
kedaluwarsa. Minta link baru.","what.key_in_link":"Key di dalam link tidak diterima.","error.key_in_link":"Orang lain mungkin sudah membacanya. Salin key lalu t\
empel di sini; key sudah dihapus dari address bar.","what.proxy_login":"Ada proxy atau portal di depan server yang meminta login.","error.proxy_login":"Muat ula\
ng halaman lalu login di sana: yang menjawab bukan server ini.","what.proxy_unreachable":"Proxy tidak bisa menghubungi server.","error.proxy_unreachable":"Cek a\
pakah server berjalan, dan apakah alamat dan port server di proxy sudah benar.","what.proxy_refused":"Permintaan ditolak sebelum sampai ke server.","error.proxy\
_refused":"Cek proxy di antara browser dan server: path ini harus diteruskan apa adanya.","what.origin_refused":"Server menganggap halaman ini berasal dari orig\
in lain.","error.origin_refused":"Bukan salah key-nya. Proxy harus meneruskan header Host beserta port (nginx: proxy_set_header Host $http_host), atau isi ALLOW\
ED_ORIGINS={origin} di server.","what.unauthorized":"API key salah atau kosong.","error.unauthorized":"Salin ulang key secara lengkap, atau minta key baru ke ad\
min server.","what.key_ended":"Sesi Anda berakhir: key ini tidak berlaku lagi.","error.key_ended":"Minta key baru ke admin server.","what.ticket_expired":"Tiket\
 stream sudah kedaluwarsa.","error.ticket_expired":"Muat ulang halaman; tiket baru dibuat otomatis.","what.forbidden":"Key ini tidak punya hak untuk itu.","erro\
r.forbidden":"Minta key dengan role dan router yang sesuai ke admin server.","what.command_denied":"Perintah ditolak oleh aturan key atau server.","error.comman\
d_denied":"Tidak ada yang dikirim ke router; bila memang perlu, minta admin server mengubah aturannya.","what.address_refused":"Server tidak boleh menghubungi a\
lamat itu.","error.address_refused":"Cek IP-nya, atau minta admin server menambahkannya ke ROUTER_NETWORKS.","what.invalid_request":"Isian atau perintah belum b\
enar.","error.invalid_request":"Perbaiki yang disebut di bawah ini, lalu coba lagi.","what.unknown_router":"Router ini tidak ada di daftar server.","error.unkno\
wn_router":"Tambahkan lagi; tanpa DATA_DIR, daftar router kosong setelah server di-restart.","what.not_found":"Permintaan ini tidak dikenal server.","error.not_\
found":"Muat ulang halaman; versi halaman dan server mungkin berbeda.","what.method_not_allowed":"Permintaan ini tidak dikenal server.","error.method_not_allowe\
d":"Muat ulang halaman; versi halaman dan server mungkin berbeda.","what.body_too_large":"Data yang dikirim terlalu besar.","error.body_too_large":"Bagi menjadi\
 beberapa kiriman, masing-masing di bawah 1 MiB.","what.unsupported_media_type":"Format kiriman tidak diterima server.","error.unsupported_media_type":"Cek prox\
y di antara browser dan server: Content-Type harus application/json.","what.router_refused":"Router menolak perintah ini.","error.router_refused":"Baca pesan ro\
uter di bawah; sering karena paket belum terpasang atau policy user kurang.","what.login_failed":"Login ke router ditolak.","error.login_failed":"Cek username, \
password, policy api, dan Allowed Address di System > Users, lalu hubungkan lagi.","what.certificate_refused":"Sertifikat router tidak cocok, password tidak dik\
irim.","error.certificate_refused":"Cocokkan fingerprint di bawah dengan /certificate print detail, lalu pilih \u201Ccocokkan fingerprint\u201D.","what.router_b\
usy":"Antrean perintah ke router ini penuh.","error.router_busy":"Tunggu sebentar, lalu coba lagi.","what.too_much_in_flight":"Terlalu banyak jawaban menunggu d\
i server.","error.too_much_in_flight":"Tunggu sebentar, atau kurangi kolom (=.proplist=) atau baris (where). Cek dulu di router sebelum mengulang perubahan.","w\
hat.rate_limited":"Terlalu banyak permintaan.","error.rate_limited":"Tunggu sebentar, lalu coba lagi; salah key berulang kali juga dihitung.","what.quota_exceed\
ed":"Batas stream, router, atau key tercapai.","error.quota_exceeded":"Tutup tab lain, putuskan satu router, atau cabut key yang tidak dipakai.","what.internal":"\
Terjadi error di server.","error.internal":"Laporkan ke admin server beserta request ID-nya.","what.router_unreachable":"Router tidak bisa dihubungi.","error.ro\
uter_unreachable":"Cek listrik, uplink, dan IP router, lalu service api di IP > Services.","what.reply_too_large":"Jawaban router terlalu besar.","error.reply_t\
oo_large":"Kurangi kolom (=.proplist=) atau baris (where), lalu coba lagi.","what.declared":"Ini ditetapkan di file server.","error.declared":"Hanya bisa diubah\
 di file itu (ROUTERS_FILE, API_KEYS_FILE). Hubungi admin server.","what.changed":"Data di router sudah berubah.","error.changed":"Tidak ada yang diubah. Lihat \
daftarnya lagi: user sudah logout, atau nama router berbeda.","what.name_taken":"Nama ini sudah dipakai key atau undangan lain.","error.name_taken":"Pilih nama \
lain, atau cabut yang lama dulu.","what.receiver_failed":"Pesan percobaan tidak terkirim.","error.receiver_failed":"Penerima tidak menerimanya. Minta admin serv\
er memeriksa ALERTS_FILE.","what.store_unavailable":"Perubahan tidak bisa disimpan.","error.store_unavailable":"Tidak ada yang berubah. Beri tahu admin server: \
disk DATA_DIR penuh atau tidak bisa ditulis.","what.audit_log_full":"Log audit tidak bisa ditulis.","error.audit_log_full":"Tidak ada yang dikirim. Beri tahu ad\
min server: disk log penuh atau tidak bisa ditulis.","what.starting":"Server belum selesai start.","error.starting":"Tunggu beberapa detik, lalu coba lagi.","wh\
at.shutting_down":"Server sedang berhenti.","error.shutting_down":"Coba lagi sebentar; bila tetap begini, hubungi admin server.","what.timeout":"Router tidak me\
respons tepat waktu.","error.timeout":"Cek koneksi, firewall, dan beban CPU router, lalu coba lagi.","cause.refused":"Koneksi ditolak: service api nonaktif atau\
 port salah.","cause.host":"Hostname tidak ditemukan dari server.","cause.route":"Server tidak punya rute ke router: cek jaringan, VPN, dan subnet.","cause.clos\
ed":"Router memutus sebelum login: cek Available From di IP > Services dan firewall.","cause.tls":"Port tertukar: 8728 untuk API biasa, 8729 untuk API-SSL.","ca\
use.certificate":"Service api-ssl belum punya sertifikat, atau RouterOS-nya terlalu lama.","cause.silent":"Tidak ada jawaban: router offline, IP salah, atau dib\
lokir firewall.","cause.login":"Username atau password salah.","cause.radius":"Server RADIUS milik router tidak merespons.","cause.policy":"Policy user kurang.",
"cause.command":"Perintah tidak dikenal, atau paketnya belum terpasang.",alerts:"Alert",servedBy:"dilayani oleh {name}",ownedBy:"sesi di {name}",wireless:"Wirel\
ess",noRadio:"Tidak ada client wireless, atau router ini tidak punya radio.",client:"Client",signal:"Sinyal",txRate:"Tx rate",rxRate:"Rx rate",sessionInterfaces:"\
Termasuk interface sesi",sortTraffic:"Trafik",alertsFiring:"{count} alert",noAlerts:"Tidak ada alert aktif.",alertReceivers:"Penerima",alertsTold:"Riwayat",nothingTold:"\
Belum ada pemberitahuan.",noReceivers:"Belum ada penerima. Aturan dan penerima diatur di ALERTS_FILE di server.",silence:"Senyapkan",silenceFor:"Selama {time}",
unsilence:"Aktifkan lagi",silencedUntil:"disenyapkan sampai {time}",alertUnknown:"status saat ini tidak diketahui",alertClearing:"segera selesai",alertUntold:"b\
elum diberitahukan",alertOver:"Selesai: {what}",andMore:"dan {count} alert lagi","receiver.ok":"berfungsi","receiver.failing":"tidak menerima pesan","receiver.g\
one":"tidak mau menerima pesan lagi",receiverWaits:"{count} pesan menunggu",sendTest:"Kirim tes",testing:"Mengirim\u2026",tested:"Pesan tes sudah terkirim.",testedAt:"\
Pesan tes sudah sampai di {name}.","alert.router.down":"offline","alert.router.up":"online","alert.router.login_refused":"menolak login","alert.router.certifica\
te_refused":"sertifikatnya ditolak","alert.router.flapping":"koneksi putus {value} kali","alert.router.rebooted":"baru saja reboot","alert.cpu":"beban CPU {valu\
e}","alert.memory":"memori terpakai {value}","alert.disk":"disk terpakai {value}","alert.temperature":"{subject} {value}","alert.voltage":"{subject} {value}","a\
lert.users":"pengguna aktif {value}","alert.users.ppp":"PPP aktif {value}","alert.users.hotspot":"hotspot aktif {value}","alert.interface.down":"interface {subj\
ect} down","alert.interface.rx":"interface {subject}, Rx {value}","alert.interface.tx":"interface {subject}, Tx {value}","alert.interface.errors":"interface {su\
bject}, error {value}","alert.pool":"pool {subject} terpakai {value}","alert.user.up":"user {subject} login {value}","alert.user.down":"user {subject} logout {v\
alue}","alert.log":"baris di log {value}","alert.login.failed":"login gagal {value} {subject}","alert.config.changed":"konfigurasi diubah {value}","alert.poll.s\
tretched":"lambat, dibaca setiap {value}","alert.server.audit_slow":"log audit menunggu disk","alert.server.wrong_keys":"permintaan dengan API key salah: {value\
}"};function remembered(name2){try{return localStorage.getItem("mikronec."+name2)}catch{return null}}function remember(name2,value){try{localStorage.setItem("mikron\
ec."+name2,value)}catch{}}var languages={en,id},listeners=new Set,language=initial();function initial(){let chosen=remembered("language");if(languages[chosen])return chosen;for(let wanted of navigator.
languages??[navigator.language]){let base=wanted.slice(0,2).toLowerCase();if(languages[base])return base;if(base==="in")return"id"}return"en"}function locale(){
return navigator.languages?.find(l=>l.slice(0,2).toLowerCase()===language)??{en:"en",id:"id-ID"}[language]}var currentLanguage=()=>language;function setLanguage(code){
language=languages[code]?code:"en",remember("language",language);for(let listen of listeners)listen()}function onLanguage(listen){listeners.add(listen)}function t(key2,values2={}){
let text=languages[language][key2]??en[key2]??key2;return typeof text=="object"&&(text=text[new Intl.PluralRules(locale()).select(values2.n)]??text.other),text.
replace(/\{(\w+)\}/g,(all,name2)=>values2[name2]??all)}var has=key2=>key2 in en;function translate(root=document){document.documentElement.lang=language;for(let node of root.
querySelectorAll("[data-t]"))node.textContent=t(node.dataset.t);for(let name2 of["aria-label","placeholder","title"])for(let node of root.querySelectorAll(`[dat\
a-t-${name2}]`))node.setAttribute(name2,t(node.getAttribute(`data-t-${name2}`)))}var none="\u2013",space="\xA0",formats=new Map;onLanguage(()=>{formats=new Map});function cached(key2,create){return formats.has(key2)||formats.set(key2,create()),
formats.get(key2)}var decimal=digits=>cached("decimal"+digits,()=>new Intl.NumberFormat(locale(),{maximumFractionDigits:digits})),ungrouped=digits=>cached("ungr\
ouped"+digits,()=>new Intl.NumberFormat(locale(),{maximumFractionDigits:digits,useGrouping:!1})),number=n=>Number.isFinite(n)?decimal(3).format(n):none,percent=n=>Number.
isFinite(n)?decimal(0).format(n)+"%":none;function scaled(n,base,units2){if(!Number.isFinite(n))return none;let i=0;for(;Math.round(Math.abs(n))>=base&&i<units2.
length-1;)n/=base,i++;let digits=i===0||Math.abs(n)>=100?0:1;return ungrouped(digits).format(n)+space+units2[i]}var bytes=n=>scaled(n,1024,["B","KiB","MiB","GiB",
"TiB","PiB"]),rate=n=>scaled(n,1e3,["bps","kbps","Mbps","Gbps","Tbps"]);function duration(seconds2){if(!Number.isFinite(seconds2))return none;let rest2=Math.max(
0,Math.floor(seconds2)),parts=[];for(let[unit,size2]of[["day",86400],["hour",3600],["minute",60],["second",1]]){let n=Math.floor(rest2/size2);if(rest2-=n*size2,
n>0||unit==="second"&&parts.length===0)parts.push(`${number(n)}${space}${t("unit."+unit)}`);else if(parts.length>0)break;if(parts.length===2)break}return parts.
join(space)}var two=n=>String(n).padStart(2,"0"),hourMinute=date=>`${two(date.getHours())}:${two(date.getMinutes())}`;function clock(seconds2){let date=new Date(
seconds2*1e3);return`${hourMinute(date)}:${two(date.getSeconds())}`}var hour=seconds2=>hourMinute(new Date(seconds2*1e3));function moment(seconds2){let date=new Date(
seconds2*1e3);if(date.toDateString()===new Date().toDateString())return clock(seconds2);let month=cached("month",()=>new Intl.DateTimeFormat(locale(),{month:"sh\
ort"})).format(date);return`${date.getDate()} ${month} ${date.getFullYear()} ${hourMinute(date)}`}var since=seconds2=>t("since",{time:moment(seconds2)}),collator=()=>cached(
"collator",()=>new Intl.Collator(locale(),{numeric:!0,sensitivity:"base"}));var session_exports={};__export(session_exports,{Failure:()=>Failure,client:()=>client,del:()=>del,get:()=>get,limits:()=>limits,may:()=>may,mayChange:()=>mayChange,
mayTest:()=>mayTest,patch:()=>patch,post:()=>post,principal:()=>principal,refreshPrincipal:()=>refreshPrincipal,request:()=>request,routerPath:()=>routerPath,savedKey:()=>savedKey,
signIn:()=>signIn,signOut:()=>signOut,signedIn:()=>signedIn,streamFailure:()=>streamFailure,url:()=>url});var maybeSent=new Set(["router_refused","router_unreachable","timeout","reply_too_large","too_much_in_flight","internal","network","no_answer","foreign_answer",
"too_large"]),MikronecError=class extends Error{name="MikronecError";code;status;requestId;retryAfter;traps;rows;constructor(f){super(f.message,f.cause===void 0?
void 0:{cause:f.cause}),this.code=f.code,this.status=f.status??0,this.requestId=f.requestId??"",this.retryAfter=f.retryAfter??0,this.traps=f.traps??[],this.rows=
f.rows??[]}get sent(){return maybeSent.has(this.code)}};async function*lines(body,most){let reader=body.getReader(),decoder=new TextDecoder,parts=[],size2=0;try{
for(;;){let{value,done}=await reader.read();if(done)return;let text=decoder.decode(value,{stream:!0}),from=0;for(let end=text.indexOf(`
`);end>=0;end=text.indexOf(`
`,from)){parts.push(text.slice(from,end)),from=end+1;let line2=parts.join("");parts=[],size2=0,yield line2.endsWith("\r")?line2.slice(0,-1):line2}if(parts.push(
text.slice(from)),size2+=text.length-from,size2>most)throw new MikronecError({code:"too_large",message:`a line has more than ${most} characters`})}}finally{reader.
cancel().catch(()=>{})}}var Requests=class{base;maxLine;#options;constructor(options){let base=options.url??globalThis.document?.baseURI;if(base===void 0)throw new TypeError(
"url is missing");if(this.base=new URL(base),this.base.username||this.base.password)throw new TypeError("url has a password; give the key as key");this.base.search=
this.base.hash="",options.url!==void 0&&!this.base.pathname.endsWith("/")&&(this.base.pathname+="/"),this.maxLine=options.maxLine??64e6,this.#options=options}at(path,query){
let url2=new URL(path,this.base);return query&&(url2.search=query.toString()),url2}async credentials(){let{key:key2}=this.#options,value=typeof key2=="function"?
await key2():key2;return value===void 0?{}:{"X-API-Key":value}}async send(request2,options,read2){let headers={Accept:"application/json",...await this.credentials(),
...request2.headers};request2.accept&&(headers.Accept=request2.accept),request2.body!==void 0&&(headers["Content-Type"]="application/json");let limit2=options.timeoutMs??
this.#options.timeoutMs??9e4,late=new AbortController,timer4=limit2===1/0?void 0:setTimeout(()=>late.abort(noAnswer(limit2)),limit2),signal=options.signal?AbortSignal.
any([options.signal,late.signal]):late.signal;try{let init={method:request2.method,headers,signal};return request2.body!==void 0&&(init.body=JSON.stringify(request2.
body)),await read2(await begin(this.at(request2.path,request2.query),init,this.#options.fetch))}catch(error){throw reasonOf(error,signal)}finally{clearTimeout(timer4)}}data(request2,options={}){
return this.send(request2,options,async response=>(await json(response)).data)}async*objects(request2,options){let body=await this.send({accept:"application/x-n\
djson",...request2},options,response=>Promise.resolve(response.body));try{for await(let line2 of lines(body,this.maxLine))line2!==""&&(yield parse(line2,200))}catch(error){
throw reasonOf(error,options.signal)}}};async function begin(url2,init,use){let response=await(use??fetch)(url2,{...init,cache:"no-store",redirect:"manual"}),accept=new Headers(
init.headers).get("Accept")??"",type=response.headers.get("Content-Type")??"";if(response.ok&&(response.status===204||accept==="*/*"||type.startsWith(accept)))return response;
throw await failureOf(response)}async function json(response){return parse(await response.text(),response.status)}function parse(text,status){try{return JSON.parse(
text)}catch(cause){throw new MikronecError({code:"foreign_answer",message:"the answer is not JSON",status,cause})}}function errorOf(problem,more={}){let failure={
code:problem.code,message:problem.error,...more};return problem.request_id&&(failure.requestId=problem.request_id),problem.traps&&(failure.traps=problem.traps),
problem.data&&(failure.rows=problem.data),new MikronecError(failure)}async function failureOf(response){let{status,headers}=response,retryAfter=Number(headers.get(
"Retry-After"))||0,text=await response.text(),requestId=headers.get("X-Request-Id")??"";try{let problem=JSON.parse(text);if(typeof problem.code=="string"){let message=typeof problem.
error=="string"?problem.error:problem.detail??problem.message??"",traps=problem.traps?{traps:problem.traps}:{},rows=Array.isArray(problem.data)?{rows:problem.data}:
{};return new MikronecError({code:problem.code,message,status,requestId:problem.request_id??requestId,retryAfter,...traps,...rows})}}catch{}return new MikronecError(
{code:"foreign_answer",message:`HTTP ${status}`,status,retryAfter})}var noAnswer=limit2=>new MikronecError({code:"no_answer",message:`no answer within ${limit2}\
 ms`});function reasonOf(error,signal){if(signal?.aborted)return signal.reason;if(error instanceof MikronecError||!(error instanceof Error))return error;let cause=error.
cause instanceof Error?`: ${error.cause.message}`:"";return new MikronecError({code:"network",message:error.message+cause,cause:error})}var Rest=class{#requests;#base;constructor(requests,router){
this.#requests=requests,this.#base=`routers/${encodeURIComponent(router)}/rest/`}list(path,filter={},options={}){return this.#send("GET",path,{query:queryOf(filter)},
options)}get(path,options={}){return this.#send("GET",path,{},options)}add(path,values2,options={}){return this.#send("PUT",path,{body:values2},options)}set(path,values2,options={}){
return this.#send("PATCH",path,{body:values2},options)}async remove(path,options={}){await this.#requests.send({method:"DELETE",path:this.#base+pathOf(path)},options,
()=>Promise.resolve())}command(path,values2={},options={}){return this.#send("POST",path,{body:values2},options)}#send(method,path,more,options){return this.#requests.
send({method,path:this.#base+pathOf(path),...more},options,json)}},pathOf=path=>path.split("/").filter(Boolean).map(encodeURIComponent).join("/"),queryOf=filter=>new URLSearchParams(
Object.entries(filter).map(([name2,value])=>[name2,String(value)]));async function*parseEvents(lines2){let event={name:"message",data:"",id:""};for await(let line2 of lines2){
if(line2===""){event.data&&(yield event),event={name:"message",data:"",id:"",...event.data||event.retry===void 0?{}:{retry:event.retry}};continue}let colon=line2.
indexOf(":"),field2=colon<0?line2:line2.slice(0,colon),value=colon<0?"":line2.slice(colon+(line2[colon+1]===" "?2:1));field2==="data"?event.data+=event.data?`
`+value:value:field2==="event"?event.name=value||"message":field2==="id"?event.id=value:field2==="retry"&&/^\d+$/.test(value)&&(event.retry=Number(value))}}var page=globalThis,
hiddenDelay=5e3,isHidden=()=>page.document?.hidden===!0;function followPage(calls){let timer4,changed3=()=>{clearTimeout(timer4),isHidden()?timer4=setTimeout(calls.
hidden,hiddenDelay):calls.shown()};return page.document?.addEventListener("visibilitychange",changed3),page.addEventListener?.("online",calls.online),()=>{clearTimeout(
timer4),page.document?.removeEventListener("visibilitychange",changed3),page.removeEventListener?.("online",calls.online)}}var Tables=class{#entries=new Map;get(router,topic){
return this.#entries.get(router)?.get(topic)?.rows}error(router,topic){let entry=this.#entries.get(router)?.get(topic);return entry?.old?"waiting for a snapshot":
entry?.error??null}routers(){return[...this.#entries.keys()]}set(router,topic,rows){this.#put(router,topic,new Map(rows),null)}delete(router,topic){let entries=this.#entries.
get(router);topic!==void 0&&entries?.delete(topic),(topic===void 0||entries?.size===0)&&this.#entries.delete(router)}reset(router,topic){for(let[name2,entry]of this.#entries.
get(router)??[])(name2===topic||topic===""&&combined.includes(name2))&&(entry.old=!0)}apply(event){event.topic===void 0?this.#combined(event):event.type==="snap\
shot"?this.#put(event.router_id,event.topic,rowsOf(event.rows),event.error??null):event.type==="delta"&&this.#delta(event)}#combined(event){for(let topic of combined){
let error=event.errors?.[topic],entry=this.#entries.get(event.router_id)?.get(topic);error===void 0?this.#put(event.router_id,topic,rowsOf(event[topic]),null):entry&&
(entry.error=error)}}#delta(event){let entry=this.#entries.get(event.router_id)?.get(event.topic);if(!(!entry||entry.old)){for(let gone2 of event.removed??[])entry.
rows.delete(gone2);for(let row of event.added??[])entry.rows.set(idOf(row,0),row);for(let row of event.changed??[])entry.rows.set(idOf(row,0),row);event.error!==
void 0&&(entry.error=event.error)}}#put(router,topic,rows,error){let entries=this.#entries.get(router)??new Map;this.#entries.set(router,entries.set(topic,{rows,
error,old:!1}))}},combined=["hardware","hotspot_active","ppp_active"],idOf=(row,index)=>String(row[".id"]??index),rowsOf=rows=>new Map(rows.map((row,index)=>[idOf(
row,index),row]));function until(signal,result){return new Promise((resolve,reject)=>{let abort=()=>reject(signal.reason);if(signal.aborted)return abort();signal.
addEventListener("abort",abort,{once:!0}),Promise.resolve(result).then(resolve,reject).finally(()=>signal.removeEventListener("abort",abort))})}function sleep(ms,signal){
return new Promise(resolve=>{if(signal.aborted)return resolve();let timer4=ms===1/0?void 0:setTimeout(done,ms);signal.addEventListener("abort",done,{once:!0});function done(){
clearTimeout(timer4),signal.removeEventListener("abort",done),resolve()}})}function fetchTransport(use){return async({url:url2,headers,signal,maxLine})=>{let response=await begin(
url2,{headers:{...headers,Accept:"text/event-stream"},signal},use);return parseEvents(lines(response.body,maxLine))}}var final=new Set(["unauthorized","forbidde\
n","invalid_request","not_found","method_not_allowed","ticket_expired"]),openTime=15e3,mostRetry=3e5,reopened=new Error("opened again");function refuses(error,ever){
return error===void 0?!1:error instanceof MikronecError?final.has(error.code)||error.code==="unknown_router"&&!ever:!0}var identity=({routers:routers2,topics:topics2,
mode})=>JSON.stringify([[routers2].flat(),topics2??[],mode??"snapshot"]),Watch=class{tables;lastEventId;lastSign=0;#requests;#ticket;#transport;#options;#query;#closed=!1;#live=!1;#paused=!1;#retry;#step=new AbortController;#waiting=0;constructor(requests,client2,options){
this.#requests=requests,this.#ticket=client2.ticket,this.#transport=options.transport??fetchTransport(client2.fetch),this.#options=options,this.#query=options,this.
tables=options.tables??new Tables,this.lastEventId=options.lastEventId??""}get live(){return this.#live}close(){this.#closed=!0,this.#step.abort()}reopen(){this.#step.
abort(reopened)}ask(query){identity(query)!==identity(this.#query)&&(this.lastEventId=""),this.#query=query,this.reopen()}check(){let silence2=this.#options.silenceMs??
6e4;this.#live&&this.#waiting&&Date.now()-Math.max(this.#waiting,this.lastSign)>silence2&&this.#step.abort(new MikronecError({code:"no_answer",message:`nothing \
came for ${silence2} ms`}))}async*[Symbol.asyncIterator](){let unfollow=this.#follow(),tries=0,resumed=!1,ever=!1,renewed=!1;try{for(;!this.#closed;){let step=this.#step=
new AbortController;if(this.#hidden){resumed=!1,this.#paused=!0,yield{event:"state",state:"paused"},await sleep(1/0,step.signal),this.#paused=!1;continue}yield{
event:"state",state:"connecting"};let ending=yield*this.#connect(step,resumed);if(this.#live&&([tries,ever,resumed,renewed,this.#live]=[0,!0,!0,!1,!1]),this.#closed||
ending.reason==="disconnected")return;if(ending.error===reopened)continue;if(ending.reason==="max_age"||ending.reason==="revoked"){this.#step=new AbortController,
await sleep(this.#delay(1),this.#step.signal);continue}if(!renewed&&this.#mayRenew(ending.error))renewed=!0;else if(refuses(ending.error,ever))throw ending.error;
tries++;let error=ending.error===void 0?{}:{error:ending.error},retryMs=this.#delay(tries,error.error),pause3=this.#step=new AbortController;yield{event:"state",
state:"lost",retryMs,...error},await sleep(retryMs,pause3.signal)}}finally{this.#live=!1,this.#step.abort(),unfollow()}}async*#connect(step,resumed){let late=setTimeout(
()=>step.abort(new MikronecError({code:"no_answer",message:`no answer within ${openTime} ms`})),openTime);try{let events=await this.#transport(await this.#connection(
step.signal));clearTimeout(late),this.#live=!0,this.lastSign=Date.now(),yield{event:"state",state:"live",resumed},this.#waiting=Date.now();for await(let raw of events){
this.#waiting=0,this.lastSign=Date.now(),raw.id&&(this.lastEventId=raw.id),raw.retry!==void 0&&(this.#retry=raw.retry);let event=this.#take(raw);if(event&&(yield event),
event?.event==="end")return{reason:event.data.reason};this.#waiting=Date.now()}return step.signal.throwIfAborted(),{}}catch(error){return{error:reasonOf(error,step.
signal)}}finally{clearTimeout(late),this.#waiting=0,step.abort()}}async#connection(signal){let{routers:routers2,topics:topics2,mode,volatile}=this.#query,query=new URLSearchParams,
one=typeof routers2=="string"&&routers2!=="*";if(!one)for(let router of[routers2].flat())query.append("router",router);topics2?.length&&query.set("topics",topics2.
join()),mode&&query.set("mode",mode),volatile&&query.set("volatile",volatile===!0?"1":volatile.join()),query.set("heartbeat","event");let headers=await until(signal,
this.#requests.credentials());return!("X-API-Key"in headers)&&this.#ticket&&query.set("ticket",await until(signal,this.#ticket())),this.lastEventId&&(headers["L\
ast-Event-ID"]=this.lastEventId),{url:this.#requests.at(one?"sse/"+encodeURIComponent(routers2):"sse",query).href,headers,signal,maxLine:this.#requests.maxLine}}#take({
name:name2,data,id:id2}){switch(name2){case"message":{let event={event:name2,data:parse(data,200),id:id2};return this.tables.apply(event.data),event}case"status":{
let event={event:name2,data:parse(data,200),id:id2};return event.data.state==="disconnected"&&this.tables.delete(event.data.router_id),event}case"reset":{let event={
event:name2,data:parse(data,200),id:id2};return this.tables.reset(event.data.router_id,event.data.topic),event}case"heartbeat":return{event:name2,data:parse(data,
200),id:id2};case"end":return{event:name2,data:parse(data,200),id:id2};default:return}}#mayRenew(error){return this.#ticket!==void 0&&error instanceof MikronecError&&
(error.code==="ticket_expired"||error.code==="unauthorized")}#delay(tries,error){let{firstMs,mostMs}=this.#options.backOff??{firstMs:this.#retry??1e3,mostMs:15e3},
delay=Math.min(firstMs*2**(tries-1),mostMs)*(.75+Math.random()/2);return Math.max(delay,Math.min((error?.retryAfter??0)*1e3,mostRetry))}get#hidden(){return this.#options.
pauseWhenHidden===!0&&isHidden()}#follow(){let{signal,silenceMs=6e4,pauseWhenHidden}=this.#options,close=()=>this.close();signal?.addEventListener("abort",close),
signal?.aborted&&close();let ticks=setInterval(()=>this.check(),Math.min(silenceMs/4,2e3)),unfollow=followPage({hidden:()=>pauseWhenHidden&&this.reopen(),shown:()=>this.#paused?
this.reopen():this.check(),online:()=>this.#live?this.check():this.reopen()});return()=>{signal?.removeEventListener("abort",close),clearInterval(ticks),unfollow()}}},
Mikronec=class{#requests;#options;constructor(options={}){this.#requests=new Requests(options),this.#options=options}routers(options){return this.#requests.data(
{method:"GET",path:"routers"},options)}router(id2,options){return this.#requests.data({method:"GET",path:at(id2)},options)}routersFile(options={}){return this.#text(
"routers","application/yaml",options,new URLSearchParams({format:"yaml"}))}connect(id2,settings,options){return this.#requests.data({method:"POST",path:"connect",
body:{router_id:id2,...settings}},options)}disconnect(id2,options){return this.#requests.data({method:"POST",path:"disconnect",body:{router_id:id2}},options)}putRouter(id2,settings,options){
return this.#requests.data({method:"PUT",path:at(id2),body:settings},options)}changeRouter(id2,changes,options){return this.#requests.data({method:"PATCH",path:at(
id2),body:changes},options)}deleteRouter(id2,options){return this.#requests.data({method:"DELETE",path:at(id2)},options)}retryRouter(id2,options){return this.#requests.
data({method:"POST",path:at(id2,"retry")},options)}rebootRouter(id2,identity22,options){return this.#requests.data({method:"POST",path:at(id2,"reboot"),body:{confirm:identity22}},
options)}users(id2,query={},options={}){return this.#requests.send({method:"GET",path:at(id2,"users"),query:queryOf2(query)},options,json)}disconnectUser(id2,user,options){
return this.#requests.data({method:"POST",path:at(id2,"users/disconnect"),body:user},options)}disableUser(id2,user,options){return this.#requests.data({method:"\
POST",path:at(id2,"users/disable"),body:user},options)}systemInfo(id2,options){return this.#requests.data({method:"GET",path:"system-info",query:new URLSearchParams(
{router:id2})},options)}async run(id2,args,options={}){let{timeout,...rest2}=options;timeout!==void 0&&(rest2.timeoutMs??=timeout*1e3+1e4);let body={router_id:id2,
args,...timeout===void 0?{}:{timeout}},{data,ret,done}=await this.#requests.send({method:"POST",path:"run",body},rest2,json);return{data,...ret===void 0?{}:{ret},
...done===void 0?{}:{done}}}async*rows(id2,args,options={}){let{timeout,...rest2}=options,body={router_id:id2,args,...timeout===void 0?{}:{timeout}};for await(let line2 of this.#requests.
objects({method:"POST",path:"run",body},rest2))if("row"in line2)yield line2.row;else{if("done"in line2)return line2.done;throw"error"in line2?errorOf(line2.error):
errorOf({code:"router_refused",error:line2.trap.message,traps:line2.trap.traps})}throw cutOff()}async*batch(routers2,args,options={}){let{signal,timeoutMs,...more}=options,
rest2={...signal?{signal}:{},...timeoutMs===void 0?{}:{timeoutMs}};for await(let line2 of this.#requests.objects({method:"POST",path:"run/batch",body:{routers:routers2,
args,...more}},rest2)){if("summary"in line2)return line2.summary;yield line2}throw cutOff()}rest(id2){return new Rest(this.#requests,id2)}alerts(options){return this.#requests.
data({method:"GET",path:"alerts"},options)}alertHistory(query={},options){return this.#requests.data({method:"GET",path:"alerts/history",query:queryOf2(query)},
options)}silenceAlert(id2,time2,options){return this.#requests.data({method:"POST",path:`alerts/${encodeURIComponent(id2)}/silence`,body:{for:time2}},options)}receivers(options){
return this.#requests.data({method:"GET",path:"alerts/receivers"},options)}testReceiver(name2,options){return this.#requests.data({method:"POST",path:`alerts/re\
ceivers/${encodeURIComponent(name2)}/test`},options)}search(q,query={},options={}){return this.#requests.send({method:"GET",path:"search",query:queryOf2({q,...query})},
options,json)}history(id2,query={},options={}){return this.#requests.send({method:"GET",path:at(id2,"history"),query:queryOf2(query)},options,json)}examine(id2,options){
return this.#requests.data({method:"GET",path:at(id2,"doctor")},options)}fleet(options){return this.#requests.data({method:"GET",path:"fleet"},options)}ticket(request2,options){
return this.#requests.data({method:"POST",path:"tickets",body:request2},options)}whoami(options){return this.#requests.data({method:"GET",path:"whoami"},options)}keys(options){
return this.#requests.data({method:"GET",path:"keys"},options)}createKey(request2,options){return this.#requests.data({method:"POST",path:"keys",body:request2},
options)}revokeKey(name2,options){return this.#requests.data({method:"DELETE",path:`keys/${encodeURIComponent(name2)}`},options)}invitations(options){return this.#requests.
data({method:"GET",path:"invitations"},options)}invite(request2,options){return this.#requests.data({method:"POST",path:"invitations",body:request2},options)}withdrawInvitation(name2,options){
return this.#requests.data({method:"DELETE",path:`invitations/${encodeURIComponent(name2)}`},options)}exchangeInvitation(token,options){return this.#requests.data(
{method:"POST",path:"invitations/exchange",body:{token}},options)}async health(options){await this.#requests.data({method:"GET",path:"healthz"},options)}async ready(options){
await this.#requests.data({method:"GET",path:"readyz"},options)}openAPI(options={}){return this.#requests.send({method:"GET",path:"openapi.json"},options,json)}metrics(options={}){
return this.#text("metrics","text/plain",options)}watch(options){return new Watch(this.#requests,this.#options,options)}#text(path,accept,options,query){return this.#requests.
send({method:"GET",path,accept,...query?{query}:{}},options,response=>response.text())}},at=(id2,more)=>`routers/${encodeURIComponent(id2)}${more?"/"+more:""}`,
queryOf2=query=>new URLSearchParams(Object.entries(query).filter(([,value])=>value!==void 0).map(([name2,value])=>[name2,String(value)])),cutOff=()=>new MikronecError(
{code:"network",message:"the answer ended early"});var storageKey="mikronec.key",key="",whoami=null,Failure=class extends Error{constructor(code,message="",status=0,requestId=""){super(message),this.code=code,this.
status=status,this.requestId=requestId}},client=new Mikronec({key:()=>key}),signedIn=()=>key!=="",principal=()=>whoami,places={tab:()=>sessionStorage,device:()=>localStorage};
function storage(place,use){try{return use(places[place]())}catch{return null}}function savedKey(){let link=/^#key=(.*)$/.exec(location.hash);if(link&&history.replaceState(
null,"",location.pathname+location.search),/^demo-[\w-]+$/.test(link?.[1]??""))return{key:link[1],keep:"tab"};let keep=Object.keys(places).find(place=>storage(place,
s=>s.getItem(storageKey)));return{key:keep&&storage(keep,s=>s.getItem(storageKey)),keep,refused:!!link}}async function signIn(candidate,keep){key=candidate;try{
whoami=await get("whoami")}catch(failure){throw key="",failure}keep&&storage(keep,s=>s.setItem(storageKey,key))}async function refreshPrincipal(){let before=key,
answer=await get("whoami");if(key!==before)return!1;let changed3=JSON.stringify(answer)!==JSON.stringify(whoami);return whoami=answer,changed3}function signOut(){
key="",whoami=null;for(let place of Object.keys(places))storage(place,s=>s.removeItem(storageKey))}var url=path=>new URL(path,document.baseURI),limits={short:1e4,
router:6e4,command:9e4};async function request(method,path,body,{accept="application/json",signal,limit:limit2=limits.short,read:read2=r=>r}={}){let headers={"X\
-API-Key":key,Accept:accept};body!==void 0&&(headers["Content-Type"]="application/json");let stop3=new AbortController,late=setTimeout(()=>stop3.abort(new Failure(
"no_answer")),limit2),abort=()=>stop3.abort(signal.reason);signal?.addEventListener("abort",abort),signal?.aborted&&abort();try{let response=await fetch(url(path),
{method,headers,signal:stop3.signal,body:body&&JSON.stringify(body),cache:"no-store",redirect:"manual"});if(response.ok&&response.headers.get("Content-Type")?.startsWith(
accept))return await read2(response);throw await failureOf2(response)}catch(error){throw error instanceof Failure||error.name==="AbortError"?error:new Failure("\
offline",error.message)}finally{clearTimeout(late)}}async function failureOf2(response){let text=await response.text();try{let{code,error,request_id:requestId}=JSON.
parse(text);if(code)return ofServer(code,error,response.status,requestId)}catch{}return new Failure(foreign(response),`HTTP ${response.status}`,response.status)}
function ofServer(code,message,status,requestId){return code==="forbidden"&&message.includes("ALLOWED_ORIGINS")?new Failure("origin_refused",message,status):new Failure(
code,message,status,requestId)}function streamFailure(error){if(!error)return null;let{code,message,status,requestId}=error;return code==="network"?new Failure(
"offline",message):code==="foreign_answer"?new Failure(foreign({status}),message,status):ofServer(code,message,status,requestId)}function foreign({type,status}){
return type==="opaqueredirect"||status<400||[401,403,407,511].includes(status)?"proxy_login":status>=500?"proxy_unreachable":"proxy_refused"}async function json2(response){
let text=await response.text();try{let answer=JSON.parse(text);return"data"in answer?answer.data:answer}catch{throw new Failure("proxy_refused")}}var get=(path,options)=>request(
"GET",path,void 0,{read:json2,...options}),post=(path,body,options)=>request("POST",path,body,{read:json2,...options}),patch=(path,body,options)=>request("PATCH",
path,body,{read:json2,...options}),del=(path,options)=>request("DELETE",path,void 0,{read:json2,...options}),routerPath=(id2,...parts)=>["routers",encodeURIComponent(
id2),...parts].join("/"),mayChange=()=>may("run")&&!whoami?.read_only,mayTest=()=>may("connect")&&(whoami?.routers??["*"]).includes("*");function may(action){let allowed={
viewer:[],operator:["run"],admin:["run","connect"]}[whoami?.role];return allowed?allowed.includes(action):!0}var store_exports={};__export(store_exports,{age:()=>age,clear:()=>clear,has:()=>has2,hasList:()=>hasList,onChange:()=>onChange,present:()=>present,receive:()=>receive,
remove:()=>remove,routers:()=>routers,setList:()=>setList,setStatus:()=>setStatus,table:()=>table,tables:()=>tables,touch:()=>touch,uptime:()=>uptime,usersIn:()=>usersIn,
usersOf:()=>usersOf});var now=()=>performance.now()/1e3,wall=at2=>Date.now()/1e3-(now()-at2);var Clock=class{#offset=NaN;#last=0;#lastAt=0;#least=1/0;#since=0;at(ts){let arrived=now();if(!Number.isFinite(ts))return arrived;let here=arrived-ts,step=ts-this.#last;
return step>-5&&step<arrived-this.#lastAt+5||this.#begin(here,arrived),[this.#last,this.#lastAt]=[ts,arrived],this.#least=Math.min(this.#least,here),this.#offset=
Math.min(this.#offset,here),arrived-this.#since>60&&this.#begin(this.#least,arrived),ts+this.#offset}#begin(offset,arrived){this.#offset=offset,this.#least=1/0,
this.#since=arrived}};var Series=class{#at=new Float64Array(320);#value=new Float32Array(320);#next=0;#coarseUntil=-1/0;#coarse=0;length=0;constructor(gap=12){this.gap=gap}add(at2,value){
if(!Number.isFinite(value))return;let last=(this.#next+320-1)%320;if(this.length>0&&at2-this.#at[last]<1.9){this.#value[last]=value;return}this.#at[this.#next]=
at2,this.#value[this.#next]=value,this.#next=(this.#next+1)%320,this.length=Math.min(this.length+1,320)}fill(steps){let known6=[];this.each(-1/0,(at2,value)=>known6.
push([at2,value]));let before=[];if(steps.each(-1/0,(at2,value)=>(known6.length===0||at2<known6[0][0])&&before.push([at2,value])),before.length!==0){this.length=
this.#next=0;for(let[at2,value]of[...before,...known6].slice(-320))this.add(at2,value);[this.#coarseUntil,this.#coarse]=[before.at(-1)[0],steps.step]}}broken(before,at2){
return before>this.#coarseUntil?at2-before>this.gap:at2-before>1.6*this.#coarse}each(from,visit){for(let i=0;i<this.length;i++){let k=(this.#next+320-this.length+
i)%320;this.#at[k]>=from&&visit(this.#at[k],this.#value[k])}}window(now2){let first=this.length>0?this.#at[(this.#next+320-this.length)%320]:now2;return Math.min(
Math.max(now2-first,60),600)}last(){return this.length>0?this.#value[(this.#next+320-1)%320]:NaN}max(from){let top=0;return this.each(from,(_,v)=>{top=Math.max(
top,v)}),top}},Steps=class _Steps{constructor(from,step,values2,until2=1/0){Object.assign(this,{from,step,values:values2,until:until2})}get length(){return this.
values.length}each(from,visit){for(let i=Math.max(0,Math.ceil((from-this.from)/this.step-.5));i<this.values.length;i++)Number.isFinite(this.values[i])&&visit(Math.
min(this.from+(i+.5)*this.step,this.until),this.values[i])}broken(before,at2){return at2-before>1.6*this.step}map(other){return new _Steps(this.from,this.step,this.
values.map(other),this.until)}max(from){let top=0;return this.each(from,(_,v)=>{top=Math.max(top,v)}),top}};var tables=new Tables,routers=new Map,listeners2=new Set,changed=new Set,listChanged=!1,timer=0,polledAt=Symbol("polled at"),trafficGap=70;function onChange(listen){
return listeners2.add(listen),()=>listeners2.delete(listen)}function touch(id2,list3=!1){changed.add(id2),listChanged||=list3,timer||=setTimeout(notify,200)}function notify(){
clearTimeout(timer);let[ids,list3]=[changed,listChanged];[changed,listChanged,timer]=[new Set,!1,0];for(let listen of listeners2)listen(ids,list3)}function newRouter(id2){
return{router_id:id2,state:"connecting",hardware:null,identity:"",users:NaN,errors:{},cpu:new Series,memory:new Series,online:new Series,traffic:new Series(trafficGap)}}
var listed=!1,hasList=()=>listed;function setList(list3){let ids=new Set;for(let r of list3){ids.add(r.router_id);let known6=routers.get(r.router_id),moved=known6?.
state!==r.state;known6?Object.assign(known6,{error:void 0,code:void 0,next_attempt:void 0},r):add(Object.assign(newRouter(r.router_id),r)),touch(r.router_id,moved)}
for(let id2 of routers.keys())ids.has(id2)||remove(id2);listed||([listed,listChanged]=[!0,!0],notify())}function add(r){routers.set(r.router_id,r),updateHardware(
r,now()),updateIdentity(r),updateTraffic(r,now()),updateUsers(r,now())}function remove(id2){routers.delete(id2),tables.delete(id2),touch(id2,!0)}function clear(){
listed=!1;for(let id2 of[...routers.keys()])remove(id2)}var table=(id2,topic)=>tables.get(id2,topic)??new Map,has2=(id2,topic)=>tables.get(id2,topic)!==void 0;function receive(e,at2){
for(let rows of[e.rows,e.added,e.changed])for(let row of rows??[])row[polledAt]=at2;let r=routers.get(e.router_id);return r?("error"in e?r.errors[e.topic]=e.error:
e.type==="snapshot"&&delete r.errors[e.topic],e.topic==="hardware"&&updateHardware(r,at2),e.topic==="identity"&&updateIdentity(r),e.topic==="traffic"&&updateTraffic(
r,at2),(e.topic in kinds||e.topic==="counts")&&updateUsers(r,at2),r.state!=="up"&&!e.error&&!(e.ts<=r.since)&&setStatus({router_id:r.router_id,state:"up",since:e.
ts}),touch(e.router_id),!0):!1}function updateHardware(r,at2){let row=table(r.router_id,"hardware").get("0");row&&(r.hardware=row,r.cpu.add(at2,row["cpu-load"]),
r.memory.add(at2,memoryUsed(row)),updateUsers(r,at2))}function updateTraffic(r,at2){let row=table(r.router_id,"traffic").get("0");row&&r.traffic.add(at2,Math.max(
row["rx-bits-per-second"]??NaN,row["tx-bits-per-second"]??NaN))}function updateIdentity(r){r.identity=table(r.router_id,"identity").get("0")?.name??r.identity}var kinds={
ppp_active:"ppp",hotspot_active:"hotspot"};function usersIn(r,topic){let rows=tables.get(r.router_id,topic);return rows&&!r.errors[topic]?rows.size:table(r.router_id,
"counts").get("0")?.[kinds[topic]]??NaN}function updateUsers(r,at2){r.users=usersIn(r,"ppp_active")+usersIn(r,"hotspot_active"),r.online.add(at2,r.users)}var present=(r,value)=>r.
state==="up"?value:NaN,usersOf=r=>present(r,r.users);function memoryUsed(row){let total=row?.["total-memory"];return total?100*(1-row["free-memory"]/total):NaN}
function setStatus({router_id:id2,state:state2,error,code,since:since2}){let r=routers.get(id2);return r?(error&&(r.lastError={error,code,since:since2}),Object.
assign(r,{state:state2,error,code,since:since2}),touch(id2,!0),!0):!1}var age=row=>(row["uptime-seconds"]??0)-row[polledAt];function uptime(row){return row["upt\
ime-seconds"]===void 0?NaN:row["uptime-seconds"]+Math.max(0,now()-row[polledAt])}var askInterval=6e4,soon=300,firing=[],byRouter=new Map,timer2=0,active=!1,listeners3=new Set,list=()=>firing,of=id2=>byRouter.get(id2)??[];function onAlerts(listen){
return listeners3.add(listen),()=>listeners3.delete(listen)}function start(){active=!0,ask()}function stop(){active=!1,clearTimeout(timer2),take([])}function changed2(){
clearTimeout(timer2),timer2=setTimeout(ask,soon)}async function ask(){clearTimeout(timer2);try{let answer=await get("alerts");active&&take(answer)}catch{}clearTimeout(
timer2),active&&(timer2=setTimeout(ask,askInterval))}function take(next){let before=byRouter;firing=next,byRouter=new Map;for(let a of next)a.router_id&&byRouter.
set(a.router_id,[...of(a.router_id),a]);for(let id2 of new Set([...before.keys(),...byRouter.keys()]))routers.has(id2)&&touch(id2,before.has(id2)!==byRouter.has(
id2));for(let listen of listeners3)listen()}var severities=["info","warning","critical"],worst=alerts=>severities[Math.max(-1,...alerts.filter(a=>!silenced(a)).
map(a=>severities.indexOf(a.severity)))]??"",urgency=(a,b)=>rank(b)-rank(a),rank=a=>silenced(a)?-1:severities.indexOf(a.severity),silenced=a=>!!a.silenced_until&&
Date.parse(a.silenced_until)>Date.now(),known=["router.down","router.up","router.login_refused","router.certificate_refused","router.flapping","router.rebooted",
"cpu","memory","disk","temperature","voltage","users","users.ppp","users.hotspot","interface.down","interface.rx","interface.tx","interface.errors","pool","user\
.up","user.down","log","login.failed","config.changed","poll.stretched","server.audit_slow","server.wrong_keys"],units={cpu:percent,memory:percent,disk:percent,
pool:percent,"interface.rx":rate,"interface.tx":rate,"poll.stretched":duration,temperature:n=>number(n)+"\xA0\xB0C",voltage:n=>number(n)+"\xA0V"};function textOf(a){
if(!known.includes(a.source))return[a.when,a.subject].filter(Boolean).join(" \xB7 ");let value=a.value===void 0?"":(units[a.source]??number)(a.value);return t("\
alert."+a.source,{value,subject:a.subject??""}).replace(/\s+/g,space2=>space2[0]).trim()}function el(tag,props={},...children){let node=document.createElement(tag);for(let[name2,value]of Object.entries(props))set(node,name2,value);return node.append(
...children.flat(1/0).filter(child=>child!=null&&child!==!1)),node}function set(node,name2,value){switch(name2){case"text":node.textContent=value;return;case"cl\
ass":node.className=value;return;case"on":for(let[event,listen]of Object.entries(value))node.addEventListener(event,listen);return;case"data":Object.assign(node.
dataset,value);return;case"value":node.value=value;return}value===!0?node.setAttribute(name2,""):value!=null&&value!==!1&&node.setAttribute(name2,value)}function setText(node,text){
node.textContent!==text&&(node.textContent=text)}function setAttr(node,name2,value){node.getAttribute(name2)!==value&&node.setAttribute(name2,value)}function svg(tag,attributes,...children){
let node=document.createElementNS("http://www.w3.org/2000/svg",tag);for(let[name2,value]of Object.entries(attributes))node.setAttribute(name2,value);return node.
append(...children),node}var values=new WeakMap;function drawItems(list3,all,item2,none3=()=>[]){let before=new Map([...list3.children].map(node=>[values.get(node),
node])),nodes=all.map(value=>{let text=JSON.stringify(value),node=before.get(text)??item2(value);return values.set(node,text),node});if(nodes.length===0)return list3.
replaceChildren(...[none3()].flat());for(let node of before.values())nodes.includes(node)||node.remove();nodes.forEach((node,i)=>list3.children[i]===node||list3.
insertBefore(node,list3.children[i]??null))}var icons={up:"M3 8.5l3.2 3.2L13 5",down:"M4 4l8 8M12 4l-8 8",login_failed:"M5 7V5.5a3 3 0 0 1 6 0V7M3.5 7h9v6h-9z",
connecting:"M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3",back:"M9.5 3L4.5 8l5 5",sun:"M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v1.5M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M1\
2 12l1 1M13 3l-1 1M4 12l-1 1",moon:"M13 9.500A5.500 5.500 0 1 1 6.500 3 4.500 4.500 0 0 0 13 9.500z",plus:"M8 3v10M3 8h10",minus:"M3 8h10",out:"M6.500 3H3v10h3.\
500M10 5l3 3-3 3M13 8H6",warn:"M8 2l6.500 11.500h-13zM8 6.500v3M8 11.500v.2",stop:"M4 4h8v8H4z",play:"M5 3l8 5-8 5z",search:"M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10\
M10.600 10.600L14 14",menu:"M2.500 4.500h11M2.500 8h11M2.500 11.500h11",more:"M3 8h.1M8 8h.1M13 8h.1",edit:"M3 13l.6-2.600L11 3l2 2-7.400 7.400zM9.500 4.500l2 2",
retry:"M13 8a5 5 0 1 1-1.600-3.700M13 2v3h-3",doctor:"M2 8.500h3l1.500-4 3 7.500 1.500-3.500h3",power:"M8 2v5M4.600 4.600a5 5 0 1 0 6.800 0",share:"M8 10V2M5 4.\
500L8 1.500l3 3M4 8H3v6h10V8h-1",copy:"M6 6h7v7H6zM10 6V3H3v7h3",close:"M4 4l8 8M12 4l-8 8",open:"M6 3l5 5-5 5",trash:"M3 4.500h10M6.500 4.500V3h3v1.500M4.500 4\
.500l.6 8.500h5.800l.6-8.500",block:"M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M3.800 3.800l8.400 8.400",ping:"M8 9a1 1 0 1 0 0-2 1 1 0 0 0 0 2M5 5a4.200 4.200 0 0 0 0 6\
M11 5a4.200 4.200 0 0 1 0 6M2.800 2.800a7.300 7.300 0 0 0 0 10.400M13.200 2.800a7.300 7.300 0 0 1 0 10.400",torch:"M3 13V8M6.500 13V3M10 13V6M13.500 13v-2",log:"\
M4 2h8v12H4zM6 5h4M6 8h4M6 11h2",bell:"M4 11.500V7a4 4 0 0 1 8 0v4.500l1.500 1h-11zM6.800 14.300h2.400",quiet:"M4 11.500V7a4 4 0 0 1 6-3.460M12 7v4.500l1.500 1h\
-11M2 2l12 12",users:"M6 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5M1.500 13.500c0-2.500 2-4 4.500-4s4.500 1.500 4.500 4M11 8a2 2 0 0 0 0-4M12 9.600c1.600.4 \
2.600 1.700 2.600 3.900"};function icon(name2){return svg("svg",{viewBox:"0 0 16 16",class:"icon","aria-hidden":"true","data-icon":name2},svg("path",{d:icons[name2]??
icons.warn}))}function setIcon(node,name2){let old2=node.querySelector("svg");old2?.dataset.icon!==name2&&(old2?old2.replaceWith(icon(name2)):node.prepend(icon(
name2)))}var failure_exports={};__export(failure_exports,{adviceOf:()=>adviceOf,causeOf:()=>causeOf,failureBox:()=>failureBox,headline:()=>headline,pollError:()=>pollError,
showFailure:()=>showFailure});var named=new Set(["command_denied","address_refused","invalid_request"]),foreignWords=new RegExp(["\\b(dial|read|write|lookup) (tcp|udp|unix)","dial: ","\\blook\
up \\S","\\bEOF\\b","context (deadline|canceled)","i/o timeout","broken pipe","connection (refused|reset)","connect: ","no route to host","network is unreachabl\
e","no such host","closed network","net/http","http: ","tls: ","x509: ","json: ","strconv","invalid character","goroutine","syscall","JSON","Failed to fetch","N\
etworkError","Unexpected (token|end)"].join("|")),causes=[[/connection refused/,()=>t("cause.refused")],[/no such host/,()=>t("cause.host")],[/no route to host|network is unreachable/,
()=>t("cause.route")],[/(login|tls): .*(sent nothing|closed the connection|connection reset)/,()=>t("cause.closed")],[/it speaks TLS|not speak TLS/,()=>t("cause\
.tls")],[/none of our cipher suites/,()=>t("cause.certificate")],[/dial: .*(i\/o timeout|no answer)/,()=>t("cause.silent")],[/radius timeout/,()=>t("cause.radiu\
s")],[/invalid user name or password|cannot log in/,()=>t("cause.login")],[/not enough permissions/,()=>t("cause.policy")],[/no such command/,()=>t("cause.comma\
nd")]],known2=code=>has("what."+code),headline=code=>known2(code)?t("what."+code):t("unknownError"),causeOf=message=>causes.find(([pattern])=>pattern.test(message))?.[1]()??
"";function quotation({code,message}){if(!message)return null;let cause=causeOf(message);if(code==="certificate_refused"){let fingerprint=/fingerprint ([0-9a-f]{64})/i.
exec(message)?.[1];return fingerprint&&el("p",{class:"small"},t("fingerprint")+": ",el("code",{text:fingerprint}))}if(code==="proxy_refused")return el("p",{class:"\
small",text:message});let label2=code==="router_refused"?t("routerMessage"):(!known2(code)||named.has(code))&&!foreignWords.test(message)&&t("serverMessage");return label2?
el("p",{class:"small"},cause&&cause+" ",label2+" ",el("q",{lang:"en",text:message})):cause&&el("p",{class:"small",text:cause})}function failureBox(failure,...notes2){
let{code,requestId}=failure;return el("div",{class:"failure",data:{code:code??""}},icon("warn"),el("div",{},el("p",{class:"what",text:headline(code)}),known2(code)&&
el("p",{text:adviceOf(code)}),notes2.filter(Boolean).map(text=>el("p",{text})),quotation(failure)||null,code==="internal"&&requestId&&el("p",{class:"small",text:t(
"requestId",{id:requestId})})))}var adviceOf=code=>t("error."+code,{origin:location.origin});function showFailure(place,failure,...notes2){place.replaceChildren(
failureBox(failure,...notes2))}function pollError(message){let cause=causeOf(message);return cause||(/no answer|deadline|i\/o timeout|timed out/.test(message)?t(
"what.timeout"):/^(dial|tls|login|read|write|probe): |session|next attempt/.test(message)||foreignWords.test(message)?t("what.router_unreachable"):message)}var feed_exports={};__export(feed_exports,{goneSignal:()=>goneSignal,lastData:()=>lastData,refresh:()=>refresh,start:()=>start2,stop:()=>stop2});var name="",asked=!1,servedBy=()=>name;async function askServing(routers2,told2){if(!(asked||!may("connect")||!routers2.some(r=>r.instance))){asked=!0;try{name=
(await get("fleet")).instance??""}catch{return}told2()}}function forgetServing(){[name,asked]=["",!1]}var refusals=new Set(["unauthorized","forbidden","origin_refused"]),Stream=class{#watch;#calls;#clock=new Clock;constructor(query,calls){this.#calls=calls,this.#watch=
client.watch({...query,tables,pauseWhenHidden:!0}),this.#read()}async#read(){try{for await(let e of this.#watch)this.#take(e)}catch(error){let failure=streamFailure(
error);if(failure.code==="unknown_router")return;this.#calls.state(refusals.has(failure.code)?"refused":"lost",failure)}}#take(e){if(e.event==="state")return this.#state(
e);this.#calls.alive?.(),e.event==="message"?this.#calls.event(e.data,this.#clock.at(e.data.ts)):(e.event==="status"||e.event==="reset")&&this.#calls.named(e.event,
e.data)}#state({state:state2,resumed,error}){state2==="live"?(this.#calls.alive?.(),this.#calls.state(resumed?"resumed":"live")):state2==="lost"?this.#calls.state(
"lost",streamFailure(error)):state2==="connecting"&&this.#calls.state("connecting")}close(){this.#watch.close()}check(){this.#watch.check()}reopen(){this.#watch.
reopen()}ask(query){this.#watch.ask(query)}get connected(){return this.#watch.live}get lastData(){return this.#watch.lastSign}};var fleetQuery={routers:"*",topics:["hardware","counts","traffic","identity","alerts"],mode:"delta",volatile:["hardware","traffic"]},listInterval=15e3,tickInterval=2e3,
quiet=8e3,probeLimit=6e3,patience=6e4,stream=null,report=()=>{},tickTimer=0,refreshTimer=0,asking=!1,asked2=0,sign=0,silent=!1,unansweredSince=0,gone=new AbortController,
goneSignal=()=>gone.signal;function start2(state2){report=state2;let opened=!1;alive(),stream=new Stream(fleetQuery,{state:(name2,failure)=>{let open2=name2==="\
live"||name2==="resumed";open2&&(silent=!1),failure?.code==="no_answer"&&unanswered(),state2(name2,failure),open2&&(forgetServing(),(opened||!(hasList()||asking))&&
refresh(),opened=!0,changed2())},alive,event:(e,at2)=>e.topic==="alerts"?changed2():receive(e,at2)||refreshSoon(),named:named2}),refresh(),start(),tickTimer=setInterval(
tick,tickInterval),addEventListener("online",check),document.addEventListener("visibilitychange",check)}function named2(name2,e){name2==="status"&&e.state==="di\
sconnected"?remove(e.router_id):name2==="status"&&!setStatus(e)&&refreshSoon(),name2==="reset"&&(refreshSoon(),report("reset"))}function stop2(){stream?.close(),
stream=null,stop(),clearInterval(tickTimer),clearTimeout(refreshTimer),[refreshTimer,silent]=[0,!1],removeEventListener("online",check),document.removeEventListener(
"visibilitychange",check)}var lastData=()=>stream?.lastData??0;function check(){document.hidden||stream?.check()}function alive(){answered(),silent&&(silent=!1,
report("resumed"))}function answered(){sign=performance.now(),unansweredSince=0,gone.signal.aborted&&(gone=new AbortController)}function unanswered(){unansweredSince||=
performance.now(),performance.now()-unansweredSince>patience&&gone.abort(new Failure("no_answer"))}function tick(){if(stream.check(),document.hidden||asking)return;
let now2=performance.now();(now2-asked2>listInterval||stream.connected&&now2-sign>quiet)&&refresh()}async function refresh(){let from=stream;asking=!0,asked2=performance.
now();try{let list3=await get("routers",{limit:probeLimit});if(stream!==from||!stream||(answered(),report("notice",null),setList(list3),askServing(list3,()=>report(
"served")),!silent))return;silent=!1,stream.reopen()}catch(failure){stream===from&&stream?.connected&&missed(failure)}finally{asking=!1}}function missed(failure){
if(failure.code?.startsWith("proxy_"))return report("notice",failure);sign>asked2||!["no_answer","offline"].includes(failure.code)||(unanswered(),silent=!0,report(
"lost",failure))}function refreshSoon(){refreshTimer||=setTimeout(()=>{refreshTimer=0,refresh()},300)}var banner=document.querySelector("#banner"),toastPlace=document.querySelector("#toast"),resetTime=1500,state="none",why=null,notice=null,told=!1,reset=!1,timer3=0;
function showStreamState(name2,failure=null){if(name2==="reset"){reset=!0;return}if(name2==="notice")return notice=failure,showBanner();name2==="connecting"&&state===
"lost"||(name2==="none"&&([notice,told]=[null,!1]),name2==="lost"&&([why,told]=[failure,!0]),name2==="resumed"&&told&&(clearTimeout(timer3),[reset,told]=[!1,!1],
timer3=setTimeout(()=>{state==="resumed"&&toast(t(reset?"resumedReset":"resumed"))},resetTime)),state=name2,document.body.dataset.stream=name2,showBanner())}function showBanner(){
let failure=state==="lost"?why:notice;if(state!=="lost"&&!notice)return banner.replaceChildren();let text=state==="lost"?lossText():`${headline(notice.code)} ${adviceOf(
notice.code)}`;if(banner.querySelector("span")?.textContent===text)return;let reload=failure?.code==="proxy_login"&&el("button",{type:"button",text:t("reload"),
on:{click:()=>location.reload()}});banner.replaceChildren(el("div",{class:"banner"},icon("warn"),el("span",{text}),reload))}function lossText(){let last=lastData(),
time2=last&&moment(last/1e3),parts=[];return why?.code==="no_answer"?parts.push(last?t("silent",{time:time2}):t("lostNever")):why&&why.code!=="offline"&&has("wh\
at."+why.code)?parts.push(headline(why.code),adviceOf(why.code),last&&t("lastData",{time:time2})):parts.push(last?t("lost",{time:time2}):t("lostNever")),parts.filter(
Boolean).join(" ")}var toastTimer=0;function toast(text){clearTimeout(toastTimer),toastPlace.replaceChildren(el("p",{class:"toast"},icon("up"),el("span",{text}))),
toastTimer=setTimeout(()=>toastPlace.replaceChildren(),8e3)}function opens(button,node){let show3=open2=>{button.setAttribute("aria-expanded",String(open2)),node.classList.toggle("open",open2);for(let[event,listen]of[["p\
ointerdown",outside],["keydown",escape]])open2?document.addEventListener(event,listen):document.removeEventListener(event,listen)},outside=event=>{!button.contains(
event.target)&&!node.contains(event.target)&&show3(!1)},escape=event=>{event.key==="Escape"&&(show3(!1),button.focus())};button.addEventListener("click",()=>show3(
button.getAttribute("aria-expanded")!=="true")),node.addEventListener("click",event=>event.target.closest("button")&&show3(!1))}function menu(button,label2,items){
return button.setAttribute("aria-haspopup","dialog"),button.addEventListener("click",()=>{let list3=el("dialog",{class:"menulist","aria-label":label2,on:{click:()=>list3.
close(),close:()=>list3.remove()}},items),{right,bottom}=button.getBoundingClientRect();list3.style.setProperty("--right",innerWidth-right+"px"),list3.style.setProperty(
"--top",bottom+4+"px"),document.body.append(list3),list3.showModal()}),button}function routeOf(hash=location.hash){let[,path="",query=""]=/^#\/?([^?]*)\??(.*)$/.exec(hash)??[],params=new URLSearchParams(query),[view2,id2="",tab=""]=path.split(
"/"),rest2={q:params.get("q")??"",row:params.get("row")??""};return view2!=="router"||!id2?{view:"fleet",id:"",tab:"",...rest2}:{view:view2,id:decoded(id2),tab,
...rest2}}function decoded(text){try{return decodeURIComponent(text)}catch{return text}}function href({id:id2="",tab="",q="",row=""}){let query=new URLSearchParams(
Object.entries({q,row}).filter(([,value])=>value)).toString();return(id2?`#/router/${encodeURIComponent(id2)}${tab&&"/"+tab}`:"#/")+(query&&"?"+query)}function note(changes){
history.replaceState(null,"",href({...routeOf(),...changes}))}function openSheet(closed=()=>{}){let title=el("h2",{id:"sheet-title",tabindex:"-1",autofocus:!0}),about2=el("p",{class:"muted"}),body=el("div",{class:"sheetbod\
y"}),list3=el("dl",{class:"facts"}),node=el("dialog",{class:"sheet","aria-labelledby":"sheet-title",on:{close:end,click:event=>event.target===node&&node.close()}},
el("div",{class:"sheetinside"},el("div",{class:"sheethead"},el("div",{},title,about2),el("button",{class:"quiet square",type:"button","aria-label":t("close"),on:{
click:()=>node.close()}},icon("close"))),body,list3)),facts=new Map;function end(){node.remove(),closed()}function show3(name2,line2,pairs){setText(title,name2),
setText(about2,line2);let wanted=pairs.filter(([,text])=>text!==""&&text!==void 0);for(let[label2,text]of wanted)facts.has(label2)||facts.set(label2,factOf(label2)),
setText(facts.get(label2).text,text);let labels2=new Set(wanted.map(([label2])=>label2));for(let[label2,fact]of facts)fact.node.hidden=!labels2.has(label2);for(let[
i,[label2]]of wanted.entries())list3.children[i]!==facts.get(label2).node&&list3.insertBefore(facts.get(label2).node,list3.children[i]??null)}return document.body.
append(node),node.showModal(),{node,body,show:show3,close:()=>node.close()}}function factOf(label2){let text=el("span",{}),copy=el("button",{class:"quiet square",
type:"button","aria-label":t("copyOf",{name:label2}),on:{click:()=>copyText(text.textContent)}},icon("copy"));return{text,node:el("div",{class:"fact"},el("dt",{
class:"muted small",text:label2}),el("dd",{},text,copy))}}async function copyText(text){try{await navigator.clipboard.writeText(text),toast(t("copied",{text:text.
length>40?text.slice(0,39)+"\u2026":text}))}catch{toast(t("notCopied"))}}function acts(list3){return el("div",{class:"acts"},list3.filter(Boolean).map(([name2,label2,
act,kind=""])=>el("button",{type:"button",class:kind,on:{click:event=>act(event.currentTarget)}},icon(name2),el("span",{text:label2}))))}var historyLength=50,testLimit=2e4;function bell(){let count=el("span",{class:"count"}),button=el("button",{id:"bell",class:"quiet square",type:"button",on:{click:()=>openAlerts()}},
icon("bell"),count),show3=()=>{let n=list().length;setText(count,n>0?number(n):""),setAttr(button,"aria-label",t("alertsFiring",{n,count:number(n)})),button.title=
button.getAttribute("aria-label"),button.dataset.severity=worst(list())};return onAlerts(show3),show3(),{node:button,show:show3}}function openAlerts(first=""){let error=el(
"div",{role:"alert"}),firing2=el("ul",{class:"alerts",id:"alerts-firing"}),told2=el("ul",{class:"alerts",id:"alerts-told"}),receivers=el("ul",{class:"alerts",id:"\
alerts-receivers"}),results=new Map,stop3=onAlerts(()=>{drawFiring(),load()}),s=openSheet(stop3),part=(title,list3)=>el("section",{class:"part"},el("h3",{text:title}),
list3);s.body.append(error,firing2,part(t("alertReceivers"),receivers),part(t("alertsTold"),told2)),s.show(t("alerts"),"",[]);function drawFiring(){let list3=[...list()].
sort((a,b)=>first&&+(b.router_id===first)-+(a.router_id===first)||urgency(a,b));drawItems(firing2,list3,a=>alertItem(a,error,s.close),()=>el("li",{class:"muted \
none"},icon("up"),el("span",{text:t("noAlerts")})))}async function load(){try{let[before,all]=await Promise.all([get("alerts/history?limit="+historyLength),get(
"alerts/receivers")]);drawItems(told2,before,a=>toldItem(a,s.close),()=>el("li",{class:"muted",text:t("nothingTold")})),drawItems(receivers,all,r=>receiverItem(
r,resultOf(r.name)),()=>el("li",{class:"muted",text:t("noReceivers")}))}catch(failure){showFailure(error,failure)}}function resultOf(name2){return results.has(name2)||
results.set(name2,el("div",{role:"status"})),results.get(name2)}drawFiring(),load(),ask()}function where(a,close){return a.router_id?el("a",{href:href({id:a.router_id}),
text:a.router_id,on:{click:close}}):el("strong",{text:["Mikronec",a.instance].filter(Boolean).join(" ")})}var seconds=text=>Date.parse(text)/1e3;function alertItem(a,error,close){
let quiet2=silenced(a),notes2=[t("since",{time:moment(seconds(a.started))}),quiet2&&t("silencedUntil",{time:moment(seconds(a.silenced_until))}),a.unknown&&t("al\
ertUnknown"),a.clearing&&t("alertClearing"),a.untold&&!quiet2&&t("alertUntold")].filter(Boolean).join(" \xB7 ");return el("li",{class:"alert",data:{severity:quiet2?
"silenced":a.severity,alert:a.alert}},icon(quiet2?"quiet":"bell"),el("div",{class:"words"},el("p",{},where(a,close)," ",el("span",{text:textOf(a)})),el("p",{class:"\
muted small",text:notes2}),a.reason&&el("p",{class:"muted small reason",lang:"en",text:a.reason})),may("run")&&(quiet2?silenceButton(a,"0s",t("unsilence"),error):
silenceMenu(a,error)))}function silenceMenu(a,error){let button=el("button",{type:"button",class:"silence",text:t("silence")});return menu(button,t("silence"),[
["1h",3600],["8h",8*3600],["24h",86400]].map(([time2,length])=>el("button",{type:"button",class:"quiet",text:t("silenceFor",{time:duration(length)}),on:{click:()=>silence(
a,time2,button,error)}})))}var silenceButton=(a,time2,text,error)=>el("button",{type:"button",class:"silence",text,on:{click:event=>silence(a,time2,event.currentTarget,
error)}});async function silence(a,time2,button,error){button.disabled=!0,error.replaceChildren();try{await post(`alerts/${encodeURIComponent(a.alert)}/silence`,
{for:time2}),await ask()}catch(failure){showFailure(error,failure)}button.disabled=!1}function toldItem(a,close){let over=a.status==="resolved";return el("li",{
class:"alert",data:{severity:over?"over":a.severity}},icon(over?"up":"bell"),el("div",{class:"words"},el("p",{},where(a,close)," ",el("span",{text:over?t("alert\
Over",{what:textOf(a)}):textOf(a)})),el("p",{class:"muted small",text:moment(seconds(a.at))})))}function receiverItem(r,result){let state2=r.state==="ok"?t("rec\
eiver.ok"):r.state==="failing"?t("receiver.failing"):t("receiver.gone"),notes2=[r.kind,state2,r.queued>0&&t("receiverWaits",{n:r.queued,count:number(r.queued)})].
filter(Boolean).join(" \xB7 ");return el("li",{class:"alert receiver",data:{severity:r.state==="ok"?"over":"critical",name:r.name}},icon(r.state==="ok"?"up":"wa\
rn"),el("div",{class:"words"},el("p",{},el("strong",{text:r.name})),el("p",{class:"muted small",text:notes2}),r.last_error&&el("p",{class:"muted small reason",lang:"\
en",text:r.last_error}),result),mayTest()&&el("button",{type:"button",class:"test",text:t("sendTest"),on:{click:event=>test(r.name,event.currentTarget,result)}}))}
async function test(name2,button,result){button.disabled=!0,result.replaceChildren(el("p",{class:"muted small",text:t("testing")}));try{await post(`alerts/recei\
vers/${encodeURIComponent(name2)}/test`,void 0,{limit:testLimit}),result.replaceChildren(el("p",{class:"small ok",text:t("tested")})),toast(t("testedAt",{name:name2}))}catch(failure){
result.replaceChildren(failureBox(failure))}button.disabled=!1}function alertLine(id2){let node=el("button",{class:"quiet alertline",type:"button",hidden:!0,on:{
click:()=>openAlerts(id2)}},icon("bell"),el("span",{}));return{node,update(){let list3=of(id2);node.hidden=list3.length===0,node.dataset.severity=worst(list3)||
"silenced",setText(node.lastChild,[textOf(list3[0]??{source:"cpu"}),list3.length>1&&t("andMore",{n:list3.length-1,count:number(list3.length-1)})].filter(Boolean).
join(" \xB7 "))}}}function dialog({title,lead,fields,action,busy,danger,send,anyway}){let error=el("div",{role:"alert"}),button=el("button",{class:danger?"danger":"primary",type:"\
submit",text:action}),second2=anyway&&el("button",{type:"button",text:anyway.action,hidden:!0,on:{click:()=>run2(!0)}}),node=el("dialog",{"aria-labelledby":"dia\
log-title",on:{close:()=>node.remove()}},el("form",{on:{submit}},el("h2",{id:"dialog-title",text:title}),el("p",{class:"muted",text:lead}),fields,error,el("div",
{class:"buttons"},el("button",{type:"button",text:t("cancel"),on:{click:()=>node.close()}}),second2,button)));function submit(event){return event.preventDefault(),
run2(!1)}async function run2(regardless){error.replaceChildren(),button.disabled=!0,second2&&(second2.hidden=!0),button.textContent=busy;try{await send(regardless),
node.close()}catch(failure){let offered=!!anyway?.when(failure);second2&&(second2.hidden=!offered),showFailure(error,failure,offered&&anyway.note),error.scrollIntoView(
{block:"nearest"})}button.disabled=!1,button.textContent=action}return document.body.append(node),node.showModal(),node}function field(id2,label2,control,hint){
return control.id=id2,hint&&control.setAttribute("aria-describedby",id2+"-hint"),el("div",{class:"field"},el("label",{for:id2,text:label2}),control,hint&&el("p",
{id:id2+"-hint",class:"hint muted",text:hint}))}var plain={autocomplete:"off",autocapitalize:"none",spellcheck:"false"};var kinds2={"/system/reboot":"reboot","/system/shutdown":"off","/system/reset-configuration":"reset","/system/package/update/install":"reboot","/system/package/\
apply-changes":"reboot","/system/package/downgrade":"reboot","/system/package/upgrade":"reboot","/system/upgrade/upgrade-package":"reboot","/system/upgrade/upgr\
ade-package-source":"reboot","/system/backup/load":"reset"},patience2=5*6e4,slack=2e4,restarts=new Map,kindOf=args=>kinds2[args[0].toLowerCase()],restarting=args=>kindOf(
args)!==void 0;function openReboot(id2){let identity3=routers.get(id2)?.identity??id2;ask2("reboot",id2,identity3,[],()=>post(routerPath(id2,"reboot"),{confirm:identity3},
{limit:limits.command}))}function openRestart(id2,args,sent=()=>{}){let command=el("p",{class:"code small",text:args.join("  ")});ask2(kindOf(args),id2,id2,[command],
()=>post("run",{router_id:id2,args},{limit:limits.command}),sent)}function ask2(kind,id2,wanted,fields,send,sent=()=>{}){let name2=el("input",{...plain,required:!0,
autofocus:!0,on:{input:check2}});function check2(){name2.setCustomValidity(name2.value.trim()===wanted?"":t("restartName",{id:wanted}))}check2();let title={reboot:t(
"restart.reboot",{id:id2}),off:t("restart.off",{id:id2}),reset:t("restart.reset",{id:id2})}[kind],lead={reboot:t("restartLead.reboot"),off:t("restartLead.off"),
reset:t("restartLead.reset")}[kind],action={reboot:t("reboot"),off:t("restartAction.off"),reset:t("restartAction.reset")}[kind];dialog({title,lead,action,busy:action,
danger:!0,fields:[...fields,field("r-name",t("restartName",{id:wanted}),name2)],async send(){let before=routers.get(id2)?.logins;await send(),watch(id2,kind,before),
sent(restartNote(id2))}})}function watch(id2,kind,logins){let restart={kind,logins,at:performance.now(),began:Date.now()/1e3,down:!1,late:!1};restarts.set(id2,restart);
let stop3=onChange(check2),timer4=setInterval(check2,1e3);function end(){stop3(),clearInterval(timer4)}function check2(){let r=routers.get(id2);if(restarts.get(
id2)!==restart||!r)return end();restart.down||=r.state!=="up"||r.logins>logins;let took=performance.now()-restart.at;restart.late=took>(restart.down?patience2:slack)&&
kind!=="off",restart.down&&r.state==="up"?(end(),restarts.delete(id2),toast(t("restartBack",{id:id2,time:duration(took/1e3)}))):took>patience2&&!restart.down&&end(),
touch(id2)}}function restartNote(id2){let restart=restarts.get(id2);if(!restart)return"";let time2=clock(restart.began);return restart.kind==="off"?restart.down?
t("restartOff",{time:time2}):t("restartWaits",{time:time2}):restart.late?restart.down?t("restartLate",{time:time2}):t("restartStill",{time:time2}):t("restartWai\
ts",{time:time2})}var width=100,height=28,rounded=n=>Math.round(n*10)/10,Sparkline=class{constructor(tone){this.area=svg("path",{class:"area"}),this.line=svg("path",{class:"line"}),
this.node=svg("svg",{class:"spark "+tone,viewBox:`0 0 ${width} ${height}`,preserveAspectRatio:"none","aria-hidden":"true"},this.area,this.line)}show(series,now2,top=0){
let window=series.window(now2),from=now2-window,scale=top||Math.max(series.max(from)*1.25,1),line2="",area="",before=-1/0,first=0,last=0,close=()=>{area&&(area+=
`L${last} ${height}L${first} ${height}Z`)};series.each(from,(at2,value)=>{let broken=before===-1/0||series.broken(before,at2);broken&&close();let x=rounded((at2-
from)/window*width),point=`${broken?"M":"L"}${x} ${rounded(height-1.5-Math.min(value,scale)/scale*(height-3))}`;line2+=point,area+=point,broken&&(first=x),[before,
last]=[at2,x]}),close(),this.line.setAttribute("d",line2),this.area.setAttribute("d",area)}};var figures=()=>[{name:"cpu",label:t("cpu"),tone:"cpu",top:100,text:percent},{name:"online",label:t("usersShort"),tone:"users",top:0,text:number},{name:"traffic",
label:t("traffic"),tone:"traffic",top:0,text:rate}],high=85,Card=class{constructor(id2){this.id=id2,this.state=el("span",{class:"state"},icon("connecting"),el("\
span",{})),this.since=el("span",{class:"muted small since"}),this.about=el("p",{class:"muted small about"}),this.figures=figures().map(({label:label2,tone,...f})=>{
let value=el("span",{class:"value"}),line2=new Sparkline(tone);return{...f,value,line:line2,node:el("div",{class:"figure",data:{figure:f.name}},el("span",{class:"\
muted small label",text:label2}),value,line2.node)}}),this.alert=el("span",{class:"alertmark",hidden:!0},icon("bell"),el("span",{})),this.error=el("p",{class:"l\
ast-error small"}),this.node=el("li",{class:"card",data:{id:id2}},this.state,el("h2",{},el("a",{href:href({id:id2}),text:id2}),this.alert),this.since,this.about,
el("div",{class:"figures"},this.figures.map(f=>f.node)),this.error),this.update()}update(){let r=routers.get(this.id);if(!r)return;this.node.dataset.state=r.state,
setIcon(this.state,r.state),setText(this.state.lastChild,t("state."+r.state));let up=r.hardware?.["uptime-seconds"];setText(this.since,r.state==="up"&&up?t("upF\
or",{time:duration(up)}):r.since?since(r.since):""),setText(this.about,[identity2(r)||r.host,about(r)].filter(Boolean).join(" \xB7 "));for(let f of this.figures){
f.node.hidden=r[f.name].length===0&&f.name==="traffic";let value=present(r,f.name==="online"?r.users:r[f.name].last());setText(f.value,f.text(value)),f.value.classList.
toggle("high",f.top===100&&value>=high),f.line.show(r[f.name],now(),f.top)}this.#showAlerts();let note2=restartNote(this.id),last=r.error?r:r.lastError;setText(
this.error,note2||(last?`${headline(last.code)} (${moment(last.since)})`:"")),this.error.classList.toggle("current",!!r.error&&!note2)}#showAlerts(){let list3=of(
this.id);this.alert.hidden=list3.length===0,list3.length!==0&&(this.alert.dataset.severity=worst(list3)||"silenced",setText(this.alert.lastChild,number(list3.length)),
this.alert.title=list3.map(textOf).join(`
`),setAttr(this.alert.firstChild,"aria-label",t("alertsFiring",{n:list3.length,count:number(list3.length)})))}};function about(r){let model=r.hardware?.["board-\
name"],version=r.hardware?.version?"RouterOS "+r.hardware.version.replace(/ \(.*\)$/,""):"";return[model,version].filter(Boolean).join(" \xB7 ")}function identity2(r){
return r.identity!==r.router_id?r.identity:""}function openConnect(){let id2=el("input",{...plain,required:!0}),host=el("input",{...plain,required:!0}),user=el("input",{...plain,required:!0}),pass=el("input",
{type:"password",autocomplete:"off"}),tls=security();dialog({title:t("connectRouter"),lead:t("connectLead"),action:t("connect"),busy:t("connectingRouter"),fields:[
field("c-id",t("routerId"),id2,t("routerIdHint")),field("c-host",t("host"),host,t("hostHint")),el("div",{class:"pair"},field("c-user",t("user"),user),field("c-p\
ass",t("password"),pass)),tls.nodes],anyway:{when:({code})=>code==="router_unreachable"||code==="timeout",action:t("addAnyway"),note:t("addAnywayHint")},async send(anyway){
let body={router_id:id2.value.trim(),host:host.value.trim(),user:user.value,pass:pass.value};tls.value()&&(body.tls=tls.value()),anyway&&(body.wait=!1),await post(
"connect",body,{limit:limits.router}),await refresh(),toast(t(anyway?"added":"connected",{id:body.router_id}))}})}function security(){let kind=el("select",{on:{
change:()=>{pin.hidden=kind.value!=="pin"}}},[["",t("tlsOff")],["verify",t("tlsVerify")],["pin",t("tlsPin")],["insecure",t("tlsInsecure")]].map(([value,text])=>el(
"option",{value,text}))),fingerprint=el("input",{...plain}),pin=field("c-fingerprint",t("fingerprint"),fingerprint,t("fingerprintHint"));return pin.hidden=!0,{nodes:[
field("c-tls",t("security"),kind),pin],kind,value(){if(!kind.value)return;let typed2=kind.value==="pin"&&fingerprint.value.trim();return{mode:kind.value,...typed2&&
{fingerprint:typed2}}}}}function openDisconnect(id2){dialog({title:t("disconnectTitle",{id:id2}),lead:t("disconnectLead"),action:t("disconnect"),busy:t("disconn\
ect"),danger:!0,fields:[],async send(){await post("disconnect",{router_id:id2}),location.hash="#/",await refresh(),toast(t("disconnected",{id:id2}))}})}var least=2,pause=250,shown=30,tabs={ppp:"users",hotspot:"users",dhcp:"dhcp"},tables2=["ppp_active","hotspot_active","dhcp_leases"],readTime=12e3,People=class{#timer=0;#words="";#reading=null;constructor(){
this.note=el("p",{class:"muted small",role:"status"}),this.list=el("ul",{class:"people"}),this.read=el("button",{class:"small",type:"button",hidden:!0,on:{click:()=>this.#read()}},
icon("retry"),el("span",{})),this.node=el("section",{class:"found",hidden:!0,"aria-label":t("people")},el("h2",{text:t("people")}),this.list,this.note,this.read)}find(words2){
if(clearTimeout(this.#timer),this.#words=words2.trim(),this.node.hidden=this.#words.length<least,this.node.hidden)return this.list.replaceChildren();setText(this.
note,t("searching")),this.#timer=setTimeout(()=>this.#ask(this.#words),pause)}close(){clearTimeout(this.#timer),this.#words="",this.#reading?.close()}async#ask(words2){
try{let{results,more,not_read:unread,silent:silent3}=await get("search?"+new URLSearchParams({q:words2,limit:shown}));if(words2!==this.#words)return;let found=results.
filter(r=>r.kind in tabs),state2=this.#reading?t("reading"):found.length===0?t("nobody"):more?t("peopleOf",{count:number(found.length)}):"";setText(this.note,[state2,
silent3.length>0&&t("silentInstances",{names:silent3.join(", ")})].filter(Boolean).join(" ")),this.read.hidden=unread.length===0||this.#reading!==null,setText(this.
read.lastChild,t("readTables",{n:unread.length,count:number(unread.length)})),drawItems(this.list,found,personOf)}catch(failure){words2===this.#words&&this.list.
replaceChildren(el("li",{},failureBox(failure)))}}#read(){this.#reading=new Stream({routers:"*",topics:tables2,mode:"delta"},{state(){},event(){},named(){}}),this.
read.hidden=!0;let again=setInterval(()=>this.#ask(this.#words),3e3);setTimeout(()=>{clearInterval(again),this.#reading.close(),this.#reading=null,this.#ask(this.#words)},
readTime),this.#ask(this.#words)}};function personOf(r){let tab=tabs[r.kind],name2=r.name||r["host-name"]||r.mac||r.address||"?",row=(tab==="users"?r.kind:"")+r["\
.id"];return el("li",{data:{kind:r.kind}},el("a",{href:href({id:r.router_id,tab,q:r.mac||name2,row})},icon(tab==="users"?"users":"log"),el("span",{class:"title",
text:name2}),el("span",{class:"value muted small",text:r.router_id}),el("span",{class:"more muted small",text:[r.kind==="dhcp"?t("dhcp"):r.kind==="ppp"?"PPP":"H\
otspot",r.address,r.mac,r.comment].filter(Boolean).join(" \xB7 ")}),r.stale&&el("span",{class:"value2 muted small",text:t("readAt",{time:moment(Date.parse(r.at)/
1e3)})})))}var VirtualList=class{#items=new Map;#ids=[];#placed=new Map;#queued=0;#queue=()=>{this.#queued||=requestAnimationFrame(()=>{this.#queued=0,this.#draw()})};#resized=new ResizeObserver(
this.#queue);constructor({node,make,shown:shown3}){Object.assign(this,{node,make,shown:shown3}),addEventListener("scroll",this.#queue,{passive:!0}),addEventListener(
"resize",this.#queue),this.#resized.observe(node)}close(){removeEventListener("scroll",this.#queue),removeEventListener("resize",this.#queue),this.#resized.disconnect(),
cancelAnimationFrame(this.#queued)}show(ids){this.#ids=ids,this.#draw()}drop(id2){this.#placed.get(id2)?.node.remove(),this.#placed.delete(id2),this.#items.delete(
id2)}inPage(id2){return this.#placed.get(id2)}#draw(){let style=getComputedStyle(this.node),size2=name2=>parseFloat(style.getPropertyValue(name2))||0,[height2,least2,
gap]=[size2("--item-height"),size2("--item-width"),size2("--gap")],width2=this.node.clientWidth;if(!width2||!height2)return;let columns=least2?Math.max(1,Math.floor(
(width2+gap)/(least2+gap))):1,wide2=(width2-gap*(columns-1))/columns;this.node.style.height=Math.max(0,Math.ceil(this.#ids.length/columns)*(height2+gap)-gap)+"p\
x";let top=this.node.getBoundingClientRect().top,first=Math.max(0,Math.floor((-top-400)/(height2+gap)))*columns,last=Math.min(this.#ids.length,Math.max(0,Math.ceil(
(innerHeight-top+400)/(height2+gap))*columns));this.#place(first,last,i=>[i%columns*(wide2+gap),Math.floor(i/columns)*(height2+gap),wide2])}#place(first,last,at2){
let wanted=new Set(this.#ids.slice(first,last));for(let[id2,item2]of this.#placed)wanted.has(id2)||this.#ids.includes(id2)&&item2.node.contains(document.activeElement)||
(item2.node.remove(),this.#placed.delete(id2));let place=this.node.firstChild;for(let i=first;i<last;i++){let id2=this.#ids[i];this.#items.has(id2)||this.#items.
set(id2,this.make(id2));let item2=this.#items.get(id2),[x,y,width2]=at2(i);item2.node.style.width=width2+"px",item2.node.style.transform=`translate(${x}px, ${y}\
px)`,item2.node.setAttribute("aria-posinset",String(i+1)),item2.node.setAttribute("aria-setsize",String(this.#ids.length)),item2.node===place?place=place.nextSibling:
this.node.insertBefore(item2.node,place),!this.#placed.has(id2)&&(this.#placed.set(id2,item2),this.shown(item2))}}};var states=["up","down","login_failed","connecting"],severity={down:0,login_failed:0,connecting:1,up:3},trouble=r=>r.state==="up"&&worst(of(r.router_id))?2:severity[r.
state],byName=(a,b)=>collator().compare(a.router_id,b.router_id),largest=value=>(a,b)=>(value(b)||0)-(value(a)||0)||byName(a,b),orders={state:(a,b)=>trouble(a)-
trouble(b)||byName(a,b),name:byName,cpu:largest(r=>r.cpu.last()),users:largest(r=>r.users),traffic:largest(r=>present(r,r.traffic.last()))},orderLabels=()=>[["s\
tate",t("sortState")],["name",t("sortName")],["cpu",t("sortCpu")],["users",t("sortUsers")],["traffic",t("sortTraffic")]],kept={state:"",scroll:0},order=()=>orders[remembered(
"order")]?remembered("order"):"state",reorderInterval=5e3;function fleetView(main2){document.title=t("fleet")+" \xB7 Mikronec";let words2=routeOf().q,list3=el("\
ul",{class:"cards","aria-label":t("fleet")}),cards=new VirtualList({node:list3,make:id2=>new Card(id2),shown:card=>card.update()}),empty=el("div",{class:"empty",
hidden:!0}),people=new People,count=el("p",{class:"hidden",role:"status"}),total=el("span",{class:"muted total"}),chips=chipRow(()=>arrange()),search=el("input",
{id:"search",type:"search",value:words2,placeholder:t("searchHint"),autocomplete:"off",autocapitalize:"none",spellcheck:"false",on:{input:searched}}),select2=el(
"select",{id:"order","aria-label":t("sort"),on:{change:()=>{remember("order",select2.value),arrange()}}},orderLabels().map(([value,text])=>el("option",{value,text})));
select2.value=order(),main2.append(el("div",{class:"titled"},el("h1",{text:t("fleet")}),total,el("span",{class:"spacer"}),may("connect")&&el("button",{class:"pr\
imary add",type:"button",on:{click:openConnect}},icon("plus"),el("span",{text:t("connectRouter")}))),el("div",{class:"tools"},el("div",{class:"searchbox"},icon(
"search"),el("label",{class:"hidden",for:"search",text:t("search")}),search),el("div",{class:"filters"},select2,chips.node)),count,people.node,empty,list3);function searched(){
words2=search.value,note({q:words2.trim()}),people.find(words2),arrange()}function matches(r){if(kept.state&&r.state!==kept.state)return!1;if(!words2)return!0;let text=[
r.router_id,r.host,r.comment,r.identity,r.hardware?.["board-name"],r.hardware?.version].join(" ").toLowerCase();return words2.toLowerCase().split(/\s+/).every(word=>text.
includes(word))}let known6=new Set;function arrange(){for(let id2 of known6)routers.has(id2)||cards.drop(id2);known6=new Set(routers.keys());let found=[...routers.
values()].filter(matches).sort(orders[order()]);list3.hidden=found.length===0,cards.show(found.map(r=>r.router_id)),chips.update(),setText(count,hasList()?t("sh\
own",{n:found.length,count:number(found.length)}):""),showEmpty(found.length)}function showEmpty(shown3){if(empty.hidden=shown3>0||words2.trim().length>1,empty.
hidden)return empty.replaceChildren();hasList()?routers.size===0?empty.replaceChildren(el("h2",{text:t("noRouters")}),el("p",{class:"muted",text:t("noRoutersHin\
t")})):empty.replaceChildren(el("h2",{text:t("noMatch")}),el("button",{type:"button",text:t("clearFilters"),on:{click:reset2}})):empty.replaceChildren(el("p",{class:"\
muted",text:t("loadingRouters")}))}function reset2(){[search.value,kept.state]=["",""],searched(),search.focus()}let arranged=0;function changed3(ids,listChanged2){
for(let id2 of ids)cards.inPage(id2)?.update();let users=[...routers.values()].map(usersOf).filter(Number.isFinite),sum=users.length>0?users.reduce((all,n)=>all+
n,0):NaN;setText(total,routers.size>0?t("usersOnline",{n:sum,count:number(sum)}):"");let moving=(words2||["cpu","users","traffic"].includes(order()))&&!list3.contains(
document.activeElement);(listChanged2||moving&&Date.now()-arranged>reorderInterval)&&(arranged=Date.now(),arrange())}changed3(routers.keys(),!0),people.find(words2),
scrollTo(0,kept.scroll);let stop3=onChange(changed3);return{follow(route){return route.view!=="fleet"?!1:(route.q!==words2.trim()&&(search.value=words2=route.q,
people.find(words2),arrange()),!0)},end(){kept.scroll=scrollY,stop3(),people.close(),cards.close()}}}function chipRow(arrange){let chips=["",...states].map(state2=>{
let count=el("span",{class:"count"}),chip=el("button",{class:"chip",type:"button",data:{state:state2||"all"},on:{click:()=>{kept.state=state2,arrange()}}},state2&&
icon(state2),el("span",{text:state2?t("state."+state2):t("all")}),count);return{state:state2,chip,count}});return{node:el("div",{class:"chips",role:"group","ari\
a-label":t("filterState")},chips.map(c=>c.chip)),update(){for(let{state:state2,chip,count}of chips){let n=0;for(let r of routers.values())n+=!state2||r.state===
state2;setText(count,number(n)),chip.setAttribute("aria-pressed",String(kept.state===state2)),chip.hidden=n===0&&state2!==""&&state2!=="up"&&kept.state!==state2}}}}function invitation(){let link=/^#invite=([\w-]+)$/.exec(location.hash);return link&&history.replaceState(null,"",location.pathname+location.search),link?.[1]??
""}function inviteView(main2,token,enter2,skip){document.title=t("inviteTitle")+" \xB7 Mikronec";let error=el("div",{role:"alert"}),keep=el("button",{class:"pri\
mary",type:"button",text:t("inviteKeep"),on:{click:()=>accept("device")}}),once=el("button",{type:"button",text:t("inviteTab"),on:{click:()=>accept("tab")}}),later=el(
"button",{class:"quiet",type:"button",text:t("notNow"),on:{click:skip}}),key2="";async function accept(place){error.replaceChildren(),keep.disabled=once.disabled=
!0;try{key2||=await exchange(token),await enter2(key2,place)}catch(failure){keep.disabled=once.disabled=!1,showFailure(error,failure)}}return main2.append(el("d\
iv",{class:"panel signin invite"},el("h1",{text:t("inviteTitle")}),el("p",{class:"muted",text:t("inviteLead")}),error,keep,once,later)),keep.focus(),{end(){}}}async function exchange(token){
try{return(await post("invitations/exchange",{token})).key}catch(failure){throw failure.code==="unauthorized"?new Failure("invitation_over","",failure.status,failure.
requestId):failure}}var warnBefore=3*86400,who=document.querySelector("#who"),out=document.querySelector("#signout"),notes=document.querySelector("#notes");function showPrincipal(){
let key2=principal();if(who.hidden=out.hidden=!key2,notes.replaceChildren(),!key2)return;who.textContent=[key2.name,key2.role,servedBy()&&t("servedBy",{name:servedBy()})].
filter(Boolean).join(" \xB7 ");let label2=t("signOutOf",{name:key2.name});out.setAttribute("aria-label",label2),out.title=label2;let note2=text=>notes.append(el(
"p",{},icon("warn"),el("span",{text})));key2.read_only&&note2(t("readOnly")),key2.expires&&key2.expires-Date.now()/1e3<warnBefore&&note2(t("keyExpires",{time:moment(
key2.expires)}))}var dark=matchMedia("(prefers-color-scheme: dark)"),listeners4=new Set,colours=new Map;function theme(){return document.documentElement.dataset.theme}function show(name2){
document.documentElement.dataset.theme=name2,colours=new Map;for(let listen of listeners4)listen(name2)}function startTheme(){show(remembered("theme")??(dark.matches?
"dark":"light")),dark.addEventListener("change",()=>{remembered("theme")||show(dark.matches?"dark":"light")})}function switchTheme(){let next=theme()==="dark"?"\
light":"dark";remember("theme",next),show(next)}function onTheme(listen){return listeners4.add(listen),()=>listeners4.delete(listen)}function colour(name2){return colours.
has(name2)||colours.set(name2,getComputedStyle(document.documentElement).getPropertyValue("--"+name2).trim()),colours.get(name2)}function prepare(canvas){let[width2,height2]=[canvas.clientWidth,canvas.clientHeight];if(!width2||!height2)return null;let ratio=Math.min(devicePixelRatio||1,2),
[w,h]=[Math.round(width2*ratio),Math.round(height2*ratio)];(canvas.width!==w||canvas.height!==h)&&([canvas.width,canvas.height]=[w,h]);let context=canvas.getContext(
"2d");return context.setTransform(ratio,0,0,ratio,0,0),context.clearRect(0,0,width2,height2),{context,width:width2,height:height2}}function line(context,series,from,x,y,stroke2,fill,floor){
let before=-1/0,start4=0,lastX=0,open2=!1,close=()=>{open2&&(context.strokeStyle=stroke2,context.lineWidth=1.5,context.lineJoin="round",context.stroke(),fill&&(context.
lineTo(lastX,floor),context.lineTo(start4,floor),context.globalAlpha=.14,context.fillStyle=stroke2,context.fill(),context.globalAlpha=1),open2=!1)};series.each(
from,(at2,value)=>{before===-1/0||series.broken(before,at2)?(close(),context.beginPath(),start4=x(at2),context.moveTo(start4,y(value)),open2=!0):context.lineTo(
x(at2),y(value)),[before,lastX]=[at2,x(at2)]}),close()}function graph(canvas,lines2,{from,until:until2,top=0,format,ticks=[],at:at2=null}){let p=prepare(canvas);
if(!p)return;let{context,width:width2,height:height2}=p,scale=top||roundUp(Math.max(...lines2.map(l=>l.series.max(from)),1)*1.1),floor=height2-20,x=time2=>(time2-
from)/(until2-from)*width2,y=v=>floor-Math.min(v,scale)/scale*(floor-16);context.font="11px system-ui, sans-serif",context.textBaseline="bottom",context.lineWidth=
1,context.strokeStyle=colour("grid"),context.fillStyle=colour("muted");for(let share2 of[0,.5,1])stroke(context,0,Math.round(y(share2*scale))+.5,width2,Math.round(
y(share2*scale))+.5);for(let tick2 of ticks){let place=Math.round(x(tick2.at))+.5;stroke(context,place,16,place,floor);let half=context.measureText(tick2.text).
width/2;context.fillText(tick2.text,Math.min(Math.max(place-half,0),width2-2*half),height2-2)}for(let{series,tone}of lines2)line(context,series,from,x,y,colour(
tone),lines2.length===1,floor);for(let share2 of[.5,1])legible(context,format(share2*scale),y(share2*scale)-1);if(at2!==null){context.strokeStyle=colour("muted"),
context.lineWidth=1,stroke(context,x(at2),0,x(at2),floor);for(let{series,tone}of lines2){let value=nearest(series,at2,(until2-from)/width2);Number.isFinite(value)&&
dot(context,x(at2),y(value),colour(tone))}}}function stroke(context,x1,y1,x2,y2){context.beginPath(),context.moveTo(x1,y1),context.lineTo(x2,y2),context.stroke()}
function legible(context,text,y){context.lineWidth=4,context.strokeStyle=colour("surface"),context.strokeText(text,0,y),context.fillStyle=colour("muted"),context.
fillText(text,0,y)}function dot(context,x,y,fill){context.fillStyle=fill,context.beginPath(),context.arc(x,y,3.5,0,2*Math.PI),context.fill()}function roundUp(value){
let power=10**Math.floor(Math.log10(value));for(let step of[1,2,5,10])if(value<=step*power)return step*power;return value}var timeAt=(until2,seconds2,share2)=>until2-
seconds2*(1-share2);function nearest(series,at2,pixel){let best=1/0,value=NaN,nearby=NaN;series.each(-1/0,(time2,v)=>{Math.abs(time2-at2)<best&&([best,value,nearby]=
[Math.abs(time2-at2),v,time2])});let[first,second2]=nearby<at2?[nearby,at2]:[at2,nearby];return best<=pixel||!series.broken(first,second2)?value:NaN}var maxNames=100;async function past(id2,names,{seconds:seconds2,step}){let query=new URLSearchParams({series:names.slice(0,maxNames).map(asked3).join(),from:seconds2+
"s",step}),{from,step:length,series}=await get(routerPath(id2,"history")+"?"+query),count=Math.max(0,...Object.values(series).map(values2=>values2.length)),began=ofServer2(
Date.parse(from)/1e3,length,count);return new Map(Object.entries(series).map(([name2,values2])=>[name2,new Steps(began,length,values2.map(v=>v??NaN),now())]))}var asked3=name2=>name2.
replace(/,.*/,"*");function ofServer2(from,step,count){let passed=Date.now()/1e3-from,agrees=passed>(count-1)*step-5&&passed<count*step+5;return now()-(agrees?passed:
(count-.5)*step)}var spans={minutes:{seconds:600,ticks:120},hour:{seconds:3600,step:60,ticks:900},day:{seconds:86400,step:120,ticks:14400}},labels=()=>({minutes:t("span10min"),hour:t(
"span1h"),day:t("span24h")}),askInterval2=6e4,GraphPanel=class{#figure=null;#at=null;#span="";#steps=null;#asked={what:"",at:-1/0};#failed=!1;#tentative=!1;constructor(id2,{
choice=null,span=""}={}){this.id=id2,this.choice=choice,this.#tentative=!!span,this.#span=span||(spans[remembered("span")]?remembered("span"):"minutes"),this.hint=
el("p",{class:"muted small hint",role:"status"}),this.title=el("h2",{}),this.legend=el("span",{class:"legend small muted"}),this.note=el("p",{class:"muted small\
 graphnote",hidden:!0}),this.buttons=Object.entries(labels()).map(([key2,text])=>el("button",{type:"button",text,data:{span:key2},on:{click:()=>this.#choose(key2)}})),
this.canvas=el("canvas",{class:"graph",role:"img",on:{pointermove:e=>this.#point(e),pointerdown:e=>this.#point(e),pointerleave:e=>e.pointerType==="mouse"&&this.#point(
null)}}),this.node=el("section",{class:"panel graphpanel live",hidden:!0},el("div",{class:"row"},this.title,choice,this.legend,el("span",{class:"spacer"}),el("d\
iv",{class:"spans",role:"group","aria-label":t("timespan")},this.buttons)),this.hint,this.canvas,this.note)}show(figure){figure!==this.#figure&&(this.#at=null),
this.#figure=figure,this.node.hidden=!figure,figure&&(this.choice&&(this.choice.hidden=figure.key!=="traffic"),setText(this.title,figure.label),this.legend.replaceChildren(
...figure.lines().filter(l=>l.name).map(l=>el("span",{class:"tone "+l.tone,text:l.name}))),this.draw())}#choose(span){this.#span=span,this.#tentative=!1,this.#at=
null,remember("span",span),this.draw()}#point(event){let box=this.canvas.getBoundingClientRect(),{seconds:seconds2}=spans[this.#span];this.#at=event&&timeAt(now(),
seconds2,Math.min(Math.max((event.clientX-box.left)/box.width,0),1)),this.draw()}async#ask(){let{seconds:seconds2,step}=spans[this.#span],names=this.#figure.names(),
what=[this.#span,...names].join(),same=what===this.#asked.what;if(!(!step||names.length===0||same&&performance.now()-this.#asked.at<askInterval2)){this.#asked={
what,at:performance.now()},same||([this.#steps,this.#failed]=[null,!1]);try{let steps=await past(this.id,names,{seconds:seconds2,step});if(this.#asked.what!==what)
return;[this.#steps,this.#failed]=[steps,!1],this.#tentative&&this.#figure.kept(steps).every(l=>!l.series)&&(this.#span="minutes")}catch{if(this.#asked.what!==what)
return;this.#failed=!0}this.draw()}}draw(){let f=this.#figure;if(!f||!this.node.isConnected)return;this.#ask();let{seconds:seconds2,step,ticks}=spans[this.#span];
for(let button of this.buttons)setAttr(button,"aria-pressed",String(button.dataset.span===this.#span));let lines2=(step?f.kept(this.#steps??new Map):f.lines()).
filter(l=>l.series),empty=step&&this.#steps&&lines2.length===0;this.note.hidden=!empty&&!this.#failed,setText(this.note,this.#failed?t("historyFailed"):empty?t(
"noHistory"):""),this.canvas.hidden=!!empty;let until2=now(),at2=this.#at;setText(this.hint,at2===null?f.hint():(seconds2>3600?hour:clock)(wall(at2))+" \xB7 "+lines2.
map(l=>(l.name?l.name+" ":"")+f.format(nearest(l.series,at2,seconds2/300))).join(" \xB7 ")),setAttr(this.canvas,"aria-label",t("graphOf",{name:f.label,span:labels()[this.#span],
value:[f.value(),f.hint()].filter(Boolean).join(", ")})),graph(this.canvas,lines2,{from:until2-seconds2,until:until2,top:f.top,format:f.format,ticks:ticksOf(until2-
seconds2,until2,ticks),at:at2})}};function ticksOf(from,until2,every){let zone=new Date().getTimezoneOffset()*60,begin3=wall(from),list3=[];for(let time2=Math.ceil(
(begin3-zone)/every)*every+zone;time2<begin3+until2-from;time2+=every)list3.push({at:from+time2-begin3,text:hour(time2)});return list3}var kept2=["cpu","memory-free","ppp","hotspot"],none2=()=>({rx:new Series,tx:new Series}),Figures=class{#rates=new Map;#chosen="";#open=null;#nothing=none2();#before=new Map;constructor(id2){
this.id=id2,this.choice=el("select",{"aria-label":t("interface"),on:{change:()=>{this.#chosen=this.choice.value,this.draw()}}}),this.panel=new GraphPanel(id2,{choice:this.
choice}),this.panel.node.id="graph",this.list=this.#describe().map(f=>this.#figure(f)),this.strip=el("div",{class:"strip live"},this.list.map(f=>f.button)),this.
node=el("div",{class:"figureset"},this.strip,this.panel.node),this.#fill()}async#fill(){try{this.#before=await past(this.id,[...kept2,"interface/*"],{seconds:600,
step:60})}catch{return}let r=routers.get(this.id);if(r){for(let[series,steps]of[[r.cpu,this.#before.get("cpu")],[r.memory,memoryOf(r,this.#before)],[r.online,usersOf2(
this.#before)]])steps&&series.fill(steps);for(let name2 of this.#rates.keys())this.#fillRates(name2);this.draw()}}#fillRates(name2){let{rx,tx}=this.#rates.get(name2);
for(let[series,side]of[[rx,"rx"],[tx,"tx"]]){let steps=this.#before.get(`interface/${name2}/${side}`);steps&&series.fill(steps)}}#describe(){let r=()=>routers.get(
this.id),last=series=>present(r(),series.last());return[{key:"cpu",label:t("cpu"),top:100,format:percent,value:()=>percent(last(r().cpu)),hint:()=>processor(r().
hardware),lines:()=>[{series:r().cpu,tone:"cpu"}],names:()=>["cpu"],kept:steps=>[{series:steps.get("cpu"),tone:"cpu"}]},{key:"memory",label:t("memory"),top:100,
format:percent,value:()=>percent(last(r().memory)),hint:()=>memory(r()),lines:()=>[{series:r().memory,tone:"memory"}],names:()=>["memory-free"],kept:steps=>[{series:memoryOf(
r(),steps),tone:"memory"}]},{key:"online",label:t("usersShort"),top:0,format:n=>number(Math.round(n)),value:()=>number(usersOf(r())),hint:()=>usersByKind(r()),lines:()=>[
{series:r().online,tone:"users"}],names:()=>["ppp","hotspot"],kept:steps=>[{series:usersOf2(steps),tone:"users"}]},trafficOf(()=>this.#chosen,()=>this.#rates.get(
this.#chosen)??this.#nothing,last)]}#figure(f){let value=el("span",{class:"value"}),line2=new Sparkline(f.lines()[0].tone),button=el("button",{class:"figure",type:"\
button","aria-expanded":"false","aria-controls":"graph",data:{figure:f.key},on:{click:()=>this.#toggle(f)}},el("span",{class:"muted small label",text:f.label}),
value,line2.node);return{...f,button,line:line2,valueNode:value}}#toggle(f){this.#open=this.#open===f.key?null:f.key;for(let other of this.list)setAttr(other.button,
"aria-expanded",String(other.key===this.#open));this.panel.show(this.#open?f:null)}addRates(rows,at2){let added=!1;for(let row of rows.values()){if(row.dynamic||
!("rx-bits-per-second"in row))continue;this.#rates.has(row.name)||(this.#rates.set(row.name,none2()),this.#fillRates(row.name),added=!0);let{rx,tx}=this.#rates.
get(row.name);rx.add(at2,row["rx-bits-per-second"]),tx.add(at2,row["tx-bits-per-second"])}added&&this.#updateChoice()}#updateChoice(){let total=name2=>this.#rates.
get(name2).rx.last()+this.#rates.get(name2).tx.last(),names=[...this.#rates.keys()];this.#chosen||=names.reduce((a,b)=>total(b)>total(a)?b:a),this.choice.replaceChildren(
...names.sort(collator().compare).map(name2=>el("option",{value:name2,text:name2}))),this.choice.value=this.#chosen}draw(){if(routers.has(this.id)){for(let f of this.
list)setText(f.valueNode,f.value()),f.line.show(f.lines()[0].series,now(),f.top);this.panel.draw()}}};function trafficOf(name2,rates,last){let both2=of2=>[{series:of2(
"rx"),tone:"cpu",name:t("rx")},{series:of2("tx"),tone:"memory",name:t("tx")}];return{key:"traffic",label:t("traffic"),top:0,format:rate,value:()=>rate(Math.max(
last(rates().rx),last(rates().tx))),hint:()=>`${name2()} \xB7 ${t("rx")} ${rate(last(rates().rx))} \xB7 ${t("tx")} ${rate(last(rates().tx))}`,lines:()=>both2(side=>rates()[side]),
names:()=>name2()?[`interface/${name2()}/rx`,`interface/${name2()}/tx`]:[],kept:steps=>both2(side=>steps.get(`interface/${name2()}/${side}`))}}function memoryOf(r,steps){
let total=r.hardware?.["total-memory"];return total&&steps.get("memory-free")?.map(free=>100*(1-free/total))}function usersOf2(steps){let ppp=steps.get("ppp"),hotspot=steps.
get("hotspot");return!ppp||!hotspot?ppp??hotspot:ppp.map((n,i)=>Number.isFinite(n)?n+(hotspot.values[i]||0):hotspot.values[i]??NaN)}var processor=row=>row?[row.
cpu,row["cpu-count"]>1&&"\xD7 "+number(row["cpu-count"])].filter(Boolean).join(" "):"";function memory({state:state2,hardware:row}){return row&&state2==="up"?`${bytes(
row["total-memory"]-row["free-memory"])} / ${bytes(row["total-memory"])}`:""}function usersByKind(r){let users=topic=>number(present(r,usersIn(r,topic)));return`\
PPP ${users("ppp_active")} \xB7 Hotspot ${users("hotspot_active")}`}async function openDoctor(id2){let s=openSheet();s.show(t("doctorOf",{id:id2}),t("doctorLead"),[]),s.body.append(el("p",{class:"muted",role:"status",text:t("exa\
mining")}));try{let{findings}=await get(routerPath(id2,"doctor"),{limit:limits.command}),order2={failed:0,note:1,ok:2};findings.sort((a,b)=>order2[a.state]-order2[b.
state]),s.body.replaceChildren(el("ul",{class:"findings"},findings.map(findingOf)))}catch(failure){showFailure(s.body,failure)}}function findingOf({state:state2,
check:check2,text,advice,commands}){return el("li",{lang:"en",data:{state:state2}},icon(state2==="ok"?"up":"warn"),el("div",{},el("p",{},el("span",{class:"muted",
text:check2+" "}),text),advice.map(line2=>el("p",{class:"muted small",text:line2})),commands.map(command=>el("p",{class:"command"},el("code",{text:command}),el(
"button",{class:"quiet square",type:"button","aria-label":t("copyOf",{name:command}),on:{click:()=>copyText(command)}},icon("copy"))))))}function openEdit(id2){let r=routers.get(id2);if(!r)return;let before={host:r.host??"",user:r.user??"",pass:"",comment:r.comment??""},input={host:el("input",{...plain,
required:!0,value:before.host}),user:el("input",{...plain,required:!0,value:before.user}),pass:el("input",{type:"password",autocomplete:"new-password",placeholder:t(
"unchanged"),autofocus:!0}),comment:el("input",{...plain,value:before.comment})},tls=security();tls.kind.prepend(el("option",{value:"same",text:t("unchanged")}),
el("hr")),tls.kind.value="same";let tlsOf=()=>tls.kind.value==="same"?{}:{tls:tls.value()??null},changes=()=>({...Object.fromEntries(Object.keys(before).filter(
name2=>valueOf(name2)!==before[name2]).map(name2=>[name2,valueOf(name2)])),...tlsOf()}),valueOf=name2=>name2==="pass"?input.pass.value:input[name2].value.trim();
dialog({title:t("editTitle",{id:id2}),lead:t("editLead"),action:t("save"),busy:t("connectingRouter"),fields:[field("e-pass",t("newPassword"),input.pass),el("div",
{class:"pair"},field("e-user",t("user"),input.user),field("e-host",t("host"),input.host)),tls.nodes,field("e-comment",t("comment"),input.comment)],anyway:{when:({
code})=>code==="router_unreachable"||code==="timeout",action:t("saveAnyway"),note:t("saveAnywayHint")},async send(anyway){let body=changes();Object.keys(body).length!==
0&&(anyway&&(body.wait=!1),await patch(routerPath(id2),body,{limit:limits.router}),await refresh(),toast(t("saved",{id:id2})))}})}var versions=[[10,1,[]],[16,1,[6,18]],[26,1,[6,22]],[18,2,[6,26]],[24,2,[6,30]],[16,4,[6,34]],[18,4,[6,22,38]],[22,4,[6,24,42]],[22,5,[6,26,46]],[26,5,[6,28,50]]];
function codewords(version){let centres=versions[version-1][2].length,modules=(16*version+128)*version+64,alignment=centres>0?(25*centres-10)*centres-55:0;return Math.
floor((modules-alignment-(version>=7?36:0))/8)}var dataBytes=version=>codewords(version)-versions[version-1][0]*versions[version-1][1],countBits=version=>version<
10?8:16,capacity=dataBytes(10)-3;function qrOf(text){let bytes2=new TextEncoder().encode(text),version=versions.findIndex((_,i)=>bytes2.length*8+4+countBits(i+1)<=
dataBytes(i+1)*8)+1;if(version===0)return null;let all=interleaved(version,dataOf(version,bytes2)),best;for(let mask=0;mask<8;mask++){let grid=gridOf(version,all,
mask),cost=penalty(grid);(!best||cost<best.cost)&&(best={grid,cost})}return best.grid}function dataOf(version,bytes2){let bits=[],push=(value,n)=>{for(let i=n-1;i>=
0;i--)bits.push(value>>i&1)};push(4,4),push(bytes2.length,countBits(version));for(let byte of bytes2)push(byte,8);let room=dataBytes(version)*8;for(push(0,Math.
min(4,room-bits.length));bits.length%8;)bits.push(0);for(let pad=236;bits.length<room;pad^=253)push(pad,8);return Array.from({length:bits.length/8},(_,i)=>parseInt(
bits.slice(8*i,8*i+8).join(""),2))}function interleaved(version,data){let[ecLength,count]=versions[version-1],short=Math.floor(data.length/count),firstLong=count-
data.length%count,blocks=[];for(let i=0,at2=0;i<count;i++){let length=short+(i>=firstLong?1:0);blocks.push(data.slice(at2,at2+length)),at2+=length}let divisor=generator(
ecLength),corrections=blocks.map(block=>remainder(block,divisor)),columns=lists=>Array.from({length:Math.max(...lists.map(l=>l.length))},(_,i)=>lists.map(l=>l[i]).
filter(b=>b!==void 0)).flat();return[...columns(blocks),...columns(corrections)]}function times(a,b){let product=0;for(let i=7;i>=0;i--)product=product<<1^(product>>
7)*285,product^=(b>>i&1)*a;return product}function generator(degree){let list3=Array(degree).fill(0);list3[degree-1]=1;for(let i=0,root=1;i<degree;i++,root=times(
root,2))for(let j=0;j<degree;j++)list3[j]=times(list3[j],root)^(list3[j+1]??0);return list3}function remainder(block,divisor){let rest2=Array(divisor.length).fill(
0);for(let byte of block){let factor=byte^rest2.shift();rest2.push(0);for(let[i,coefficient]of divisor.entries())rest2[i]^=times(coefficient,factor)}return rest2}
var masks=[(x,y)=>(x+y)%2,(_,y)=>y%2,x=>x%3,(x,y)=>(x+y)%3,(x,y)=>(Math.floor(x/3)+Math.floor(y/2))%2,(x,y)=>x*y%2+x*y%3,(x,y)=>(x*y%2+x*y%3)%2,(x,y)=>((x+y)%2+
x*y%3)%2];function gridOf(version,bytes2,mask){let size2=17+4*version,grid=Array.from({length:size2},()=>Array(size2));drawPatterns(grid,version),drawFormat(grid,
mask);let i=0;for(let right=size2-1;right>=1;right-=2){right===6&&(right=5);let upward=(right+1&2)===0;for(let step=0;step<size2;step++){let y=upward?size2-1-step:
step;for(let x of[right,right-1]){if(grid[y][x]!==void 0)continue;let bit=i<bytes2.length*8&&!!(bytes2[i>>3]>>7-(i&7)&1);i++,grid[y][x]=bit!==(masks[mask](x,y)===
0)}}}return grid}function drawPatterns(grid,version){let size2=grid.length;for(let i=0;i<size2;i++)grid[6][i]=grid[i][6]=i%2===0;let square=(cx,cy,radius,light)=>{
for(let dy=-radius;dy<=radius;dy++)for(let dx=-radius;dx<=radius;dx++){let[x,y]=[cx+dx,cy+dy];x>=0&&y>=0&&x<size2&&y<size2&&(grid[y][x]=!light.includes(Math.max(
Math.abs(dx),Math.abs(dy))))}};for(let[x,y]of[[3,3],[size2-4,3],[3,size2-4]])square(x,y,4,[2,4]);let centres=versions[version-1][2],last=centres.length-1;for(let[
i,x]of centres.entries())for(let[j,y]of centres.entries())i===0&&j===0||i===0&&j===last||i===last&&j===0||square(x,y,2,[1]);if(version<7)return;let bits=version<<
12|checked(version,12,7973);for(let i=0;i<18;i++){let[a,b]=[size2-11+i%3,Math.floor(i/3)];grid[b][a]=grid[a][b]=!!(bits>>i&1)}}function drawFormat(grid,mask){let size2=grid.
length,bits=(mask<<10|checked(mask,10,1335))^21522,bit=i=>!!(bits>>i&1);for(let i=0;i<6;i++)grid[i][8]=bit(i);grid[7][8]=bit(6),grid[8][8]=bit(7),grid[8][7]=bit(
8);for(let i=9;i<15;i++)grid[8][14-i]=bit(i);for(let i=0;i<8;i++)grid[8][size2-1-i]=bit(i);for(let i=8;i<15;i++)grid[size2-15+i][8]=bit(i);grid[size2-8][8]=!0}function checked(value,n,polynomial){
let rest2=value;for(let i=0;i<n;i++)rest2=rest2<<1^(rest2>>n-1)*polynomial;return rest2}function penalty(grid){let size2=grid.length,columns=grid.map((_,x)=>grid.
map(row=>row[x])),cost=0;for(let line2 of[...grid,...columns]){let text=line2.map(Number).join("");for(let run2 of text.match(/0{5,}|1{5,}/g)??[])cost+=run2.length-
2;cost+=40*(text.match(/(?=00001011101|10111010000)/g)??[]).length}for(let y=1;y<size2;y++)for(let x=1;x<size2;x++)grid[y][x]===grid[y-1][x]&&grid[y][x]===grid[y][x-
1]&&grid[y][x]===grid[y-1][x-1]&&(cost+=3);let dark2=grid.flat().filter(Boolean).length/(size2*size2);return cost+10*Math.floor(Math.abs(dark2-.5)*20)}var day=86400,lives={day,week:7*day,month:30*day};function setShare(button){button.hidden=!principal()||!may("connect"),button.replaceChildren(icon("share"),el(
"span",{text:t("share")}))}function openShare(id2=""){let sheet=openSheet(),role=select([["viewer",t("role.viewer")],["operator",t("role.operator")],["admin",t(
"role.admin")]]),routers2=select([["",namesOf(principal().routers)],...[...routers.keys()].sort().map(router=>[router,router])]);routers2.value=id2;let life=select(
[["day",t("life.day")],["week",t("life.week")],["month",t("life.month")],["",principal().expires?t("life.own"):t("life.ever")]]);life.value="week";let name2=el(
"input",{...plain,required:!0,maxlength:"64",pattern:"[A-Za-z0-9._\\-]+",value:newName()}),error=el("div",{role:"alert"}),button=el("button",{class:"primary",type:"\
submit",text:t("createLink")}),given=el("div",{class:"given"}),form=el("form",{class:"share",on:{submit}},field("s-role",t("shareRole"),role),field("s-routers",
t("shareRouters"),routers2),el("div",{class:"pair"},field("s-life",t("shareFor"),life),field("s-name",t("shareName"),name2,t("shareNameHint"))),error,button),place=el(
"div",{},form);sheet.body.append(place,given),sheet.show(t("shareTitle"),t("shareLead"),[]),showGiven(given);async function submit(event){event.preventDefault(),
error.replaceChildren(),button.disabled=!0;try{let made=await post("invitations",{name:name2.value.trim(),role:role.value,routers:patterns(routers2.value),...expiry(
life.value)});place.replaceChildren(linkOf(made)),place.querySelector("button")?.focus(),showGiven(given)}catch(failure){showFailure(error,failure),error.scrollIntoView(
{block:"nearest"})}button.disabled=!1}}var select=options=>el("select",{},options.map(([value,text])=>el("option",{value,text}))),namesOf=list3=>list3.includes(
"*")?t("allRouters"):list3.join(", "),patterns=id2=>id2?[id2.replace(/\s/gu,"*")]:principal().routers;function expiry(life){if(!life)return{};let end=Math.floor(
Date.now()/1e3)+lives[life];return{expires:new Date(Math.min(end,principal().expires??end)*1e3).toISOString()}}function newName(){let letters="abcdefghjkmnpqrst\
uvwxyz23456789";return"guest-"+[...crypto.getRandomValues(new Uint8Array(6))].map(n=>letters[n%letters.length]).join("")}function linkOf(made){let link=new URL(
made.link.slice(1),document.baseURI).href,share2=()=>navigator.share({url:link,title:"Mikronec"}).catch(()=>{});return el("div",{class:"sharelink"},el("p",{text:t(
"linkReady")}),qrNode(link),el("p",{class:"link",text:link}),el("p",{class:"muted small",text:t("linkOnce",{time:moment(made.valid_until)})}),acts([["copy",t("c\
opyLink"),()=>copyText(link),"primary"],navigator.share&&["share",t("sendLink"),share2]]))}function qrNode(text){let grid=qrOf(text);if(!grid)return null;let path=grid.
flatMap((row,y)=>row.map((dark2,x)=>dark2&&`M${x} ${y}h1v1h-1z`)).filter(Boolean).join(""),size2=grid.length+8;return svg("svg",{class:"qr",viewBox:`-4 -4 ${size2}\
 ${size2}`,role:"img","aria-label":t("qrCode"),"shape-rendering":"crispEdges"},svg("rect",{x:-4,y:-4,width:size2,height:size2,fill:"#fff"}),svg("path",{d:path,fill:"\
#000"}))}async function showGiven(place){try{let[keys,invitations]=await Promise.all([get("keys"),get("invitations")]),list3=[...keys.filter(k=>k.source==="api").
map(k=>givenOf("keys",k)),...invitations.map(i=>givenOf("invitations",i))];place.replaceChildren(...list3.length>0?[el("h3",{text:t("sharedKeys")}),el("ul",{},list3)]:
[])}catch(failure){showFailure(place,failure)}function givenOf(kind,{name:name2,role,routers:routers2,expires,valid_until:until2}){let about2=[t("role."+role),namesOf(
routers2),until2?t("notOpened"):expires&&t("validUntil",{time:moment(expires)})].filter(Boolean).join(" \xB7 "),take2=el("button",{class:"danger",type:"button",
text:t("takeBack"),"aria-label":t("takeBackOf",{name:name2}),on:{click:()=>takeBack(kind,name2,take2)}});return el("li",{data:{name:name2}},el("div",{},el("p",{
text:name2}),el("p",{class:"muted small",text:about2})),take2)}async function takeBack(kind,name2,button){button.disabled=!0;try{await del(`${kind}/${encodeURIComponent(
name2)}`),toast(t("takenBack",{name:name2})),await showGiven(place)}catch(failure){showFailure(place,failure)}}}var item=(name2,label2,act,kind="quiet")=>el("button",{class:kind,type:"button",on:{click:act}},icon(name2),el("span",{text:label2}));function headOf(id2){let name2=el(
"h1",{text:id2}),state2=el("span",{class:"state"},icon("connecting"),el("span",{})),when=el("span",{class:"muted small"}),line2=el("p",{class:"muted small about"}),
restart=el("p",{role:"status"}),error=el("div",{role:"status"}),alarm=alertLine(id2),node=el("div",{class:"routerhead"},el("div",{class:"row"},el("a",{class:"ba\
ck",href:"#/","aria-label":t("back")},icon("back"),el("span",{text:t("back")})),name2,el("span",{class:"spacer"}),actsOf(id2)),el("div",{class:"row line"},state2,
when,line2),alarm.node,restart,error);function update(){let r=routers.get(id2);if(!r)return;alarm.update(),setText(restart,restartNote(id2)),node.dataset.state=
r.state,setIcon(state2,r.state),setText(state2.lastChild,t("state."+r.state));let up=r.hardware?.["uptime-seconds"];setText(when,r.state==="up"&&up?t("upFor",{time:duration(
up)}):r.since?since(r.since):"");let cost=Object.values(r.bytes_per_minute??{}).reduce((sum,n)=>sum+n,0);setText(line2,[identity2(r),about(r),r.host,r.instance&&
t("ownedBy",{name:r.instance}),cost>0&&t("lineUse",{amount:bytes(cost)})].filter(Boolean).join(" \xB7 ")),line2.title=Object.entries(r.bytes_per_minute??{}).map(
([topic,n])=>`${topic}: ${bytes(n)}`).join(`
`),showError(error,r)}return{node,update}}function actsOf(id2){let items=[may("run")&&item("doctor",t("doctor"),()=>openDoctor(id2)),mayChange()&&item("power",t(
"reboot"),()=>openReboot(id2),"quiet reboot"),may("connect")&&item("share",t("share"),()=>openShare(id2)),may("connect")&&item("trash",t("disconnect"),()=>openDisconnect(
id2),"quiet danger")].filter(Boolean),more=el("button",{class:"square moreacts",type:"button","aria-label":t("moreActs")},icon("more"));return[may("connect")&&item(
"edit",t("edit"),()=>openEdit(id2),"edit"),items.length>0&&menu(more,t("moreActs"),items)]}function showError(place,r){let old2=Object.values(r.errors).find(error=>error&&
!error.startsWith("no such command")),state2=JSON.stringify([r.code,r.error,r.next_attempt,old2]);if(place.dataset.state===state2)return;place.dataset.state=state2;
let next=r.next_attempt&&t("nextAttempt",{time:moment(r.next_attempt)});r.error?place.replaceChildren(failureBox({code:r.code,message:r.error},next),helpOf(r)):
old2?place.replaceChildren(el("div",{class:"failure"},icon("warn"),el("p",{class:"what",text:t("oldRows",{error:pollError(old2)})}))):place.replaceChildren()}function helpOf({
router_id:id2,code}){let password=code==="login_failed"&&may("connect");return el("div",{class:"acts"},mayChange()&&item("retry",t("retry"),event=>retry(id2,event.
currentTarget),password?"retry":"primary retry"),password&&item("edit",t("changePassword"),()=>openEdit(id2),"primary"),may("run")&&item("doctor",t("doctor"),()=>openDoctor(
id2),""))}async function retry(id2,button){button.disabled=!0,toast(t("retrying",{id:id2}));try{await post(routerPath(id2,"retry"),void 0,{limit:limits.router}),
toast(t("connected",{id:id2}))}catch(failure){toast(t("retryFailed",{why:headline(failure.code)}))}button.disabled=!1,refresh()}var address=/\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b/gi,separators=/[:.-]/g;function textOf2(row){let text=Object.values(row).filter(value=>typeof value=="string").
join(`
`).toLowerCase(),macs=text.match(address);return macs?text+`
`+macs.join(`
`).replace(separators,""):text}function matcher(search){let words2=search.toLowerCase().split(/\s+/).filter(Boolean).map(word=>{let bare=word.replace(separators,
"");return[word,/^[0-9a-f]{4,12}$/.test(bare)?bare:word]});return words2.length===0?null:text=>words2.every(([word,bare])=>text.includes(word)||text.includes(bare))}var limit=300,ActivityList=class{#match=null;constructor(render,empty,label2){this.render=render,this.list=el("ol",{class:"activity live","aria-label":label2,tabindex:"\
0"}),this.empty=el("p",{class:"muted nothing",text:empty}),this.none=el("p",{class:"muted nothing",text:t("emptySearch"),hidden:!0}),this.search=el("input",{type:"\
search","aria-label":t("searchRows"),placeholder:t("searchRows"),autocomplete:"off",autocapitalize:"none",spellcheck:"false",on:{input:()=>{this.find(this.search.
value),note({q:this.search.value.trim()})}}}),this.node=el("div",{},el("div",{class:"gridbar"},el("div",{class:"searchbox"},icon("search"),this.search)),this.empty,
this.none,this.list)}addAll(events){for(let e of events)this.add(e)}replace(events){this.list.replaceChildren(),this.addAll(events),this.find(this.search.value)}add(e){
this.empty.hidden=!0;let item2=this.render(e);item2.hidden=!!this.#match&&!this.#match(item2.textContent.toLowerCase()),this.list.prepend(item2),this.list.children.
length>limit&&this.list.lastChild.remove()}find(text){this.search.value!==text&&(this.search.value=text),this.#match=matcher(text);let found=0;for(let item2 of this.
list.children)item2.hidden=!!this.#match&&!this.#match(item2.textContent.toLowerCase()),found+=!item2.hidden;this.none.hidden=found>0||this.list.children.length===
0}},history2={id:"",sessions:[],log:[]};function historyOf(id2){return history2.id!==id2&&Object.assign(history2,{id:id2,sessions:[],log:[]}),history2}function record(list3,e){
list3.push(e),list3.length>limit&&list3.shift()}function recall(list3,lines2){lines2.length>0&&list3.splice(0,list3.length,...lines2)}var sessionList=()=>new ActivityList(
sessionItem,t("noEvents"),t("events")),logList=()=>new ActivityList(logItem,t("noLog"),t("log")),time=ts=>el("time",{class:"muted",datetime:new Date(ts*1e3).toISOString(),
text:clock(ts)});function gapItem({lost}){return el("li",{class:"lost"},icon("warn"),el("span",{text:lost?t("eventLost",{count:lost}):t("eventGap")}))}function sessionItem(e){
if(e.gap)return gapItem(e);let up=e.type==="up",details=[e.service,e.address,e.mac,!up&&e.since&&duration(e.ts-e.since),e["bytes-out"]!==void 0&&`\u2193 ${bytes(
Number(e["bytes-out"]))} \u2191 ${bytes(Number(e["bytes-in"]??0))}`].filter(Boolean).join(" \xB7 ");return el("li",{data:{type:e.type}},icon(up?"plus":"minus"),
time(e.ts),el("strong",{text:t(up?"eventUp":"eventDown",{name:e.name||e.mac||"?"})}),el("span",{class:"muted",text:details}))}function logItem(e){if(e.gap)return gapItem(
e);let topics2=e.topics??"",error=/\b(error|critical)\b/.test(topics2),warning=error||/\bwarning\b/.test(topics2),when=e.ts?time(e.ts):el("time",{class:"muted",
text:e.time});return el("li",{data:{type:error?"error":warning?"warning":"line"}},warning&&icon("warn"),when,el("span",{class:"topics",text:topics2}),el("span",
{text:e.message??""}))}var drivers={wifi:"wifi",wireless:"wireless",caps_man:"CAPsMAN"},radios=Object.keys(drivers),known3=new WeakMap;function radioRows(id2){let rows=new Map;for(let topic of radios)
for(let[key2,source]of table(id2,topic))known3.has(source)||known3.set(source,rowOf(topic,source)),rows.set(topic+key2,known3.get(source));return rows}function rowOf(topic,source){
let signal=parseFloat(source.signal??source["signal-strength"]??source["rx-signal"]),mac2=source["mac-address"]??"";return{driver:drivers[topic],".id":source[".\
id"],source,mac:mac2,name:source.comment||source["radio-name"]||mac2,interface:source.interface??"",ssid:source.ssid??"",signal,down:source["tx-bits-per-second"]??
NaN,up:source["rx-bits-per-second"]??NaN,rxRate:speed(source["rx-rate"]),txRate:speed(source["tx-rate"]),address:source["last-ip"]??"",comment:source.comment??""}}
var speed=text=>/^\d+$/.test(text??"")?rate(Number(text)):(text??"").replace(/-.*/,"").replace(/(?<=\d)(?=[A-Za-z])/,"\xA0"),signalText=row=>Number.isFinite(row.
signal)?row.signal+"\xA0dBm":"\u2013";var topics={ppp:"ppp_active",hotspot:"hotspot_active"},keyOf=row=>row.service+row[".id"],askInterval3=5e3,Users=class{#rows=new Map;#asked=new Map;#askedAt=-1/0;constructor(id2){
this.id=id2}rows(){let top=new Map;for(let row of table(this.id,"top_users").values())top.set(keyOf(row),row);let rows=new Map;for(let[service,topic]of Object.entries(
topics))for(let[id2,source]of table(this.id,topic)){let key2=service+id2,before=this.#rows.get(key2),traffic=top.get(key2)??this.#asked.get(key2);rows.set(key2,
before?.source===source&&before.traffic===traffic?before:rowOf2(service,source,traffic))}return this.#rows=rows,rows}async want(rows,search){let now2=performance.
now();if(now2-this.#askedAt<askInterval3||rows.every(row=>Number.isFinite(row.down)))return;this.#askedAt=now2;let top=table(this.id,"top_users").size;if(top!==
0)try{let query=search?{q:search,limit:100}:{sort:"download",offset:top,limit:500},{users}=await get(routerPath(this.id,"users")+"?"+new URLSearchParams(query));
this.#asked=new Map(users.map(row=>[keyOf(row),row]))}catch{}}};function rowOf2(service,source,traffic){let hotspot=service==="hotspot";return{service,".id":source["\
.id"],source,traffic,name:(hotspot?source.user:source.name)||source["mac-address"]||"?",address:source.address??"",mac:(hotspot?source["mac-address"]:source["ca\
ller-id"])??"",login:(hotspot?source["login-by"]:source.service)??"",comment:source.comment??"",limit:limitOf(traffic?.limit),down:traffic?.["tx-bits-per-second"]??
NaN,up:traffic?.["rx-bits-per-second"]??NaN,downloaded:traffic?.["bytes-out"]??source["bytes-out"]??NaN,uploaded:traffic?.["bytes-in"]??source["bytes-in"]??NaN}}
var uptimeOf=user=>duration(uptime(user.source));function limitOf(limit2){let[up,down]=(limit2??"").split("/").map(Number);return up||down?`\u2193 ${rate(down||
NaN)} \u2191 ${rate(up||NaN)}`:""}var wide={width:"minmax(200px, 1.5fr)"},plain2=(key2,label2,field2=key2)=>({key:key2,label:label2,text:row=>String(row[field2]??"")});function addressOrder(row){
let parts=/^(\d+)\.(\d+)\.(\d+)\.(\d+)/.exec(row.address??"");return parts?parts.slice(1).reduce((n,part)=>n*256+Number(part),0):2**33}var address2=()=>({...plain2(
"address",t("address")),order:addressOrder,width:"minmax(128px, 1fr)"}),mac=(label2,field2="mac")=>({...plain2("mac",label2,field2),width:"minmax(176px, 1fr)"}),
known4=n=>Number.isFinite(n)?n:-1,size=(key2,label2)=>({key:key2,label:label2,end:!0,text:row=>bytes(row[key2]),order:row=>known4(row[key2]),width:"124px"}),speed2=(key2,label2,field2=key2)=>({
key:key2,label:label2,end:!0,text:row=>rate(row[field2]),order:row=>known4(row[field2]),width:"112px"}),joined=(...parts)=>parts.filter(Boolean).join(" \xB7 "),
userTable=()=>({columns:[{...plain2("name",t("name")),...wide},speed2("down",t("download")),speed2("up",t("upload")),address2(),mac(t("macOrCaller")),{...plain2(
"login",t("service")),width:"104px"},{key:"uptime",label:t("uptime"),end:!0,text:uptimeOf,order:row=>age(row.source),width:"140px"},size("downloaded",t("downloa\
ded")),size("uploaded",t("uploaded"))],brief:row=>[row.name,"\u2193 "+rate(row.down),joined(row.address,row.login,uptimeOf(row)),"\u2191 "+rate(row.up)]}),interfaceTable=()=>({
columns:[{...plain2("name",t("name")),...wide},speed2("rx",t("rx"),"rx-bits-per-second"),speed2("tx",t("tx"),"tx-bits-per-second"),{key:"running",label:t("state"),
text:stateOf},plain2("type",t("type")),plain2("comment",t("comment"))],brief:row=>[row.name,`${t("rx")} ${rate(row["rx-bits-per-second"])}`,joined(stateOf(row),
row.type,row.comment),`${t("tx")} ${rate(row["tx-bits-per-second"])}`]}),stateOf=row=>row.disabled?t("disabled"):row.running?t("running"):t("notRunning"),leaseName=row=>row.
comment||row["host-name"]||row["active-mac-address"]||row["mac-address"]||row.address||"?",leaseAddress=row=>row["active-address"]??row.address??"",leaseTable=()=>({
columns:[{key:"name",label:t("hostOrComment"),text:leaseName,...wide},{...address2(),text:leaseAddress},mac(t("mac"),"mac-address"),{...plain2("status",t("state")),
width:"104px"},plain2("server",t("server")),{key:"kind",label:t("type"),text:row=>t(row.dynamic?"dynamic":"static"),width:"96px"},{...plain2("expires-after",t("\
expires")),width:"128px"},plain2("host-name",t("hostName"))],brief:row=>[leaseName(row),leaseAddress(row),joined(leaseName(row)!==row["mac-address"]&&row["mac-a\
ddress"],row.status,row.server),t(row.dynamic?"dynamic":"static")]}),radioTable=()=>({columns:[{...plain2("name",t("client")),...wide},{key:"signal",label:t("si\
gnal"),end:!0,text:signalText,order:row=>Number.isFinite(row.signal)?row.signal:-999,width:"104px"},speed2("down",t("download")),speed2("up",t("upload")),plain2(
"interface",t("interface")),plain2("ssid","SSID"),{...plain2("txRate",t("txRate")),end:!0,width:"112px"},{...plain2("rxRate",t("rxRate")),end:!0,width:"112px"},
{key:"uptime",label:t("uptime"),end:!0,text:uptimeOf,order:row=>age(row.source),width:"140px"}],brief:row=>[row.name,signalText(row),joined(row.ssid||row.interface,
row.address,uptimeOf(row)),row.txRate&&"\u2193 "+row.txRate]});var briefClasses=["title","value","more","value2"],Line=class{constructor(columns,brief,opens2){this.texts=brief??(row=>columns.map(c=>c.text(row)));let classes=brief?
briefClasses:columns.map(c=>c.end?"end":"");this.text=classes.map(()=>document.createTextNode("")),this.mark=el("span",{class:"mark"});let name2=el(opens2?"butt\
on":"span",{class:"name",type:opens2&&"button"},this.text[0]);this.node=el("div",{role:"row",class:"line"},classes.map((c,i)=>el("div",{role:"cell",class:c},i>0?
this.text[i]:[name2,this.mark])))}show(entry,index,height2,marks){this.entry=entry,setAttr(this.node,"aria-rowindex",String(index+2)),this.node.style.transform=
`translateY(${index*height2}px)`;for(let[i,text]of this.texts(entry.row).entries())this.text[i].data!==text&&(this.text[i].data=text);let mark=entry.removed?"re\
moved":entry.added?"added":"";(this.node.dataset.mark??"")!==mark&&(this.node.dataset.mark=mark,setText(this.mark,mark&&marks[mark]))}};var narrow=matchMedia("(max-width: 600px)");var markTime=1e4,Rows=class{#list=[];#byId=new Map;#filled=!1;#match=null;#shown=null;#column=null;#compare=()=>0;constructor(columns,marks){this.columns=columns,
this.marks=marks}restart(){[this.#list,this.#byId,this.#filled,this.#shown]=[[],new Map,!1,null]}update(map){let now2=performance.now(),added=this.#filled&&this.
marks?now2+markTime:0,fresh=[],moved=!1;for(let[id2,row]of map){let entry=this.#byId.get(id2);if(entry?.row!==row)if(entry){let before=entry.key;this.#fill(entry,
row),moved||=entry.key!==before}else fresh.push(this.#fill({id:id2,added,removed:0},row)),this.#byId.set(id2,fresh.at(-1))}this.#byId.size>map.size&&this.#markRemoved(
map,now2+(this.marks?markTime:0)),this.#filled=!0,this.expire(),moved&&this.#list.sort(this.#compare),fresh.length>0&&this.#insert(fresh.sort(this.#compare))}#markRemoved(map,until2){
for(let[id2,entry]of this.#byId)map.has(id2)||(this.#byId.delete(id2),entry.removed=until2,entry.added=0)}#insert(fresh){let merged=[],from=0;for(let entry of fresh){
let low=from,high2=this.#list.length;for(;low<high2;){let middle=low+high2>>1;this.#compare(this.#list[middle],entry)<=0?low=middle+1:high2=middle}for(;from<low;from++)
merged.push(this.#list[from]);merged.push(entry)}for(;from<this.#list.length;from++)merged.push(this.#list[from]);this.#list=merged}#fill(entry,row){return entry.
row=row,entry.key=this.#key(row),entry.text=null,entry}#key(row){return(this.#column.order??this.#column.text)(row)}expire(){let now2=performance.now(),expired=!1;
for(let entry of this.#list)entry.added&&entry.added<=now2&&(entry.added=0),entry.removed&&entry.removed<=now2&&(expired=!0);expired&&(this.#list=this.#list.filter(
entry=>!entry.removed||entry.removed>now2)),this.#shown=null}sortBy(column,down,collator2){this.#column=column;for(let entry of this.#list)entry.key=this.#key(entry.
row);let up=(a,b)=>typeof a.key=="number"&&typeof b.key=="number"?a.key-b.key:collator2.compare(a.key,b.key),name2=(a,b)=>a.row.name<b.row.name?-1:+(a.row.name>
b.row.name);this.#compare=down?(a,b)=>up(b,a)||name2(a,b):(a,b)=>up(a,b)||name2(a,b),this.#list.sort(this.#compare),this.#shown=null}search(text){this.#match=matcher(
text),this.#shown=null}shown(){return this.#match?(this.#shown??=this.#list.filter(entry=>this.#match(entry.text??=textOf2(entry.row))),this.#shown):this.#list}count(){
return this.#byId.size}};var overscan=6,Grid=class{#pool=[];#sort=null;#queued=0;#brief=!1;#filled=!1;#resized=new ResizeObserver(()=>this.#queue());#scrolled=()=>this.#brief&&this.#queue();#reshaped=()=>this.#reshape();constructor({
label:label2,columns,brief=null,empty,marks=null,sort=columns[0].key,open:open2=null,searched=()=>{}}){Object.assign(this,{columns,brief,empty,marks,open:open2}),
this.rows=new Rows(columns,!!marks),this.body=el("div",{class:"body",role:"rowgroup",on:{click:event=>this.#chosen(event)}}),this.heads=columns.map(c=>this.#head(
c)),this.headRow=el("div",{class:"head",role:"rowgroup"},el("div",{role:"row",class:"line"},this.heads)),this.scroller=el("div",{class:"scroll live",role:"table",
"aria-label":label2,on:{scroll:()=>this.#queue()}},this.headRow,this.body),this.scroller.style.setProperty("--columns",columns.map(c=>c.width??"minmax(112px, 1f\
r)").join(" ")),this.scroller.style.setProperty("--min-width",columns.reduce((sum,c)=>sum+parseInt(/\d+/.exec(c.width??"112"),10),0)+"px"),this.note=el("p",{class:"\
muted nothing",hidden:!0}),this.count=el("span",{class:"muted small rowcount",role:"status"}),this.search=el("input",{type:"search","aria-label":t("searchRows"),
placeholder:t("searchRows"),autocomplete:"off",autocapitalize:"none",spellcheck:"false",on:{input:()=>{this.find(this.search.value),searched(this.search.value)}}}),
this.sorter=el("select",{"aria-label":t("sort"),on:{change:()=>this.#sortBy(columns.find(c=>c.key===this.sorter.value))}},columns.map(c=>el("option",{value:c.key,
text:c.label}))),this.bar=el("div",{class:"gridbar"},el("div",{class:"searchbox"},icon("search"),this.search),this.sorter,this.count),this.node=el("div",{class:"\
grid"},this.bar,this.scroller,this.note),this.#resized.observe(this.scroller),addEventListener("scroll",this.#scrolled,{passive:!0}),narrow.addEventListener("ch\
ange",this.#reshaped),this.#sortBy(columns.find(c=>c.key===sort)),this.#reshape()}add(control){this.bar.append(control)}close(){this.#resized.disconnect(),removeEventListener(
"scroll",this.#scrolled),narrow.removeEventListener("change",this.#reshaped),cancelAnimationFrame(this.#queued)}update(map){this.#filled=!0,this.rows.update(map),
this.#queue()}restart(){this.rows.restart()}refresh(){this.rows.expire(),this.#queue()}inSight(){return this.#pool.map(line2=>line2.entry?.row).filter(Boolean)}find(text){
this.search.value!==text&&(this.search.value=text),this.rows.search(text),this.scroller.scrollTop=0,this.#queue()}#reshape(){this.#brief=!!this.brief&&narrow.matches,
this.node.classList.toggle("brief",this.#brief),this.headRow.hidden=this.#brief,this.sorter.hidden=!this.#brief,setAttr(this.scroller,"aria-colcount",String(this.#brief?
4:this.columns.length)),this.#brief?this.scroller.removeAttribute("tabindex"):setAttr(this.scroller,"tabindex","0");for(let line2 of this.#pool.splice(0))line2.
node.remove();this.#queue()}#head(column){let button=el("button",{type:"button",text:column.label,on:{click:()=>this.#sortBy(column)}});return el("div",{role:"c\
olumnheader",class:column.end?"end":"",data:{key:column.key}},button)}#sortBy(column){this.#sort={column,down:this.#sort?.column===column?!this.#sort.down:!!column.
end};for(let head of this.heads){let mine=head.dataset.key===column.key;setAttr(head,"aria-sort",mine?this.#sort.down?"descending":"ascending":"none")}this.sorter.
value=column.key,this.rows.sortBy(column,this.#sort.down,collator()),this.#queue()}#chosen(event){let line2=this.#pool.find(l=>l.node.contains(event.target));!line2||
!this.open||getSelection().toString()||this.open(line2.entry.row,line2.entry.id)}#queue(){this.#queued||=requestAnimationFrame(()=>{this.#queued=0,this.#draw()})}#window(){
if(!this.#brief)return{top:this.scroller.scrollTop,bottom:this.scroller.scrollTop+this.scroller.clientHeight};let{top}=this.body.getBoundingClientRect();return{
top:-top,bottom:innerHeight-top}}#draw(){if(!this.node.checkVisibility())return;let list3=this.rows.shown(),height2=parseFloat(getComputedStyle(this.scroller).getPropertyValue(
"--row"));this.body.style.height=list3.length*height2+"px",setAttr(this.scroller,"aria-rowcount",String(list3.length+1));let{top,bottom}=this.#window(),first=Math.
min(Math.max(0,Math.floor(top/height2)-overscan),list3.length),last=Math.max(first,Math.min(list3.length,Math.ceil(bottom/height2)+overscan));for(let i=first;i<
last;i++)this.#line(i-first).show(list3[i],i,height2,this.marks);for(let line2 of this.#pool.splice(last-first))line2.node.remove();this.#describe(list3.length)}#line(i){
return this.#pool[i]||(this.#pool[i]=new Line(this.columns,this.#brief?this.brief:null,!!this.open),this.body.append(this.#pool[i].node)),this.#pool[i]}#describe(n){
let all=this.rows.count();this.note.hidden=n>0||!this.#filled,this.#filled&&(setText(this.count,this.search.value?t("rowsOf",{count:number(n),all:number(all)}):
t("rows",{n:all,count:number(all)})),setText(this.note,n>0?"":this.search.value?t("emptySearch"):this.empty))}};var InterfaceGraph=class{#rates={rx:new Series,tx:new Series};#row=null;constructor(id2,row){this.panel=new GraphPanel(id2,{span:row.dynamic?"minutes":"day"}),this.
node=this.panel.node,this.figure=trafficOf(()=>row.name,()=>this.#rates,series=>series.last()),row.dynamic||this.#fill(id2),this.panel.show(this.figure),this.close=
onTheme(()=>this.panel.draw())}async#fill(id2){try{let steps=await past(id2,this.figure.names(),{seconds:600,step:60});for(let[i,name2]of this.figure.names().entries())
steps.has(name2)&&Object.values(this.#rates)[i].fill(steps.get(name2))}catch{}}update(row){if(row!==this.#row){this.#row=row;for(let side of["rx","tx"])this.#rates[side].
add(now(),row[side+"-bits-per-second"])}this.panel.draw()}};async function run(id2,args,row,signal){let reader=(await request("POST","run",{router_id:id2,args},{accept:"application/x-ndjson",signal,limit:limits.command})).
body.pipeThrough(new TextDecoderStream).getReader(),rest2="";for(;;){let{value,done}=await read(reader);if(done)throw new Failure("offline");let lines2=(rest2+value).
split(`
`);rest2=lines2.pop();for(let line2 of lines2){if(!line2)continue;let e=parse2(line2);if(e.row)row(e.row);else{if(e.trap)throw new Failure("router_refused",e.trap.
message);if(e.error)throw new Failure(e.error.code,e.error.error,0,e.error.request_id);return e.done}}}}function parse2(line2){try{return JSON.parse(line2)}catch{
throw new Failure("proxy_refused")}}async function read(reader){try{return await reader.read()}catch(error){throw error instanceof Failure||error.name==="AbortE\
rror"?error:new Failure("offline",error.message)}}var kept3=8,slots=200,Tool=class{#stop=null;constructor(id2){this.id=id2,this.node=el("div",{class:"tool"})}close(){this.#stop?.abort(),this.#stop=null}ping(address3){
let lines2=[];this.#start(t("pingOf",{address:address3}),["/ping","=address="+address3,"=interval=1"],row=>(lines2.unshift([row.host??address3,row.status??row.time??
"",lossOf(row)]),lines2.splice(kept3),lines2))}torch(iface,address3=""){let words2=["/tool/torch","=interface="+iface,"=src-address="+(address3?address3+"/32":"\
0.0.0.0/0"),"=dst-address=0.0.0.0/0"],flows=new Map,section="";this.#start(t("torchOf",{name:iface}),words2,row=>{(row[".section"]!==section||flows.size>slots)&&
flows.clear(),section=row[".section"],(row["src-address"]||row["dst-address"])&&flows.set([row["src-address"],row["dst-address"]].join(" "),row);let total=r=>Number(
r.tx??0)+Number(r.rx??0);return[...flows.values()].sort((a,b)=>total(b)-total(a)).slice(0,kept3).map(r=>[`${r["src-address"]??"?"} \u2192 ${r["dst-address"]??"?"}`,
"\u2193 "+rate(Number(r.tx)),"\u2191 "+rate(Number(r.rx))])})}async#start(title,args,lines2){this.close();let stop3=this.#stop=new AbortController,list3=el("ol",
{class:"toollines"}),error=el("div",{role:"alert"}),end=el("button",{class:"quiet",type:"button",on:{click:()=>stop3.abort()}},icon("stop"),t("stop"));this.node.
replaceChildren(el("div",{class:"row"},el("h3",{text:title}),el("span",{class:"spacer"}),end),list3,error);let timer4=0,shown3=[],draw2=()=>{timer4=0,list3.replaceChildren(
...shown3.map(texts=>el("li",{},texts.map(text=>el("span",{text})))))};try{await run(this.id,args,row=>{shown3=lines2(row),timer4||=setTimeout(draw2,200)},stop3.
signal)}catch(failure){failure.name!=="AbortError"&&showFailure(error,failure)}end.remove()}},lossOf=row=>row["packet-loss"]===void 0?"":t("loss",{n:row["packet\
-loss"]});function rowSheet(id2,first,closed,{title,about:about2,facts,buttons,graph:graph2}){let row=first,tool=new Tool(id2),s=openSheet(()=>{tool.close(),graph2?.close(),
closed()}),error=el("div",{role:"alert"}),gone2=el("p",{class:"muted",role:"status"});s.body.append(acts(buttons({current:()=>row,say:failure=>showFailure(error,
failure),tool,close:s.close})),gone2,error,tool.node,...graph2?[graph2.node]:[]);let update=next=>{row=next??row,gone2.textContent=next?"":t("rowGone"),s.show(title(
row),about2(row),[...facts(row),...rest(row)]),graph2?.update(row)};return update(first),{update,close:s.close}}var explained=new Set(["uptime-seconds","uptime",
"name","user","address","mac-address","caller-id","comment","bytes-in","bytes-out","rx-bits-per-second","tx-bits-per-second"]);function rest(row){return Object.
entries(row.source??row).filter(([name2,value])=>!explained.has(name2)&&typeof value!="object").map(([name2,value])=>[name2,String(value)])}function userSheet(id2,first,closed){
return rowSheet(id2,first,closed,{title:u=>u.name,about:u=>[u.login||u.service,uptimeOf(u)].filter(Boolean).join(" \xB7 "),facts:u=>[[t("downNow"),rate(u.down)],
[t("upNow"),rate(u.up)],[t("downloaded"),bytes(u.downloaded)],[t("uploaded"),bytes(u.uploaded)],[t("limit"),u.limit],[t("address"),u.address],[t("macOrCaller"),
u.mac],[t("comment"),u.comment]],buttons:({current,say,tool,close})=>[mayChange()&&["close",t("kick"),button=>kick(id2,current(),button,say,close),"danger"],...tools(
id2,tool,()=>current().address,()=>ifaceOf(current())),["log",t("logOf"),()=>{location.hash=href({id:id2,tab:"log",q:current().name})}],mayChange()&&["block",t(
"kickAndDisable"),()=>askDisable(id2,current(),close),"danger"]]})}var ifaceOf=u=>u.service==="ppp"?`<${u.login||"pppoe"}-${u.name}>`:"",bodyOf=u=>({service:u.service,
".id":u[".id"],name:u.name});async function kick(id2,user,button,say,close){button.disabled=!0;try{await post(routerPath(id2,"users/disconnect"),bodyOf(user),{limit:limits.
router}),close(),toast(t("kicked",{name:user.name}))}catch(failure){say(failure)}button.disabled=!1}function askDisable(id2,user,close){dialog({title:t("disable\
Title",{name:user.name}),lead:t("disableLead"),action:t("disable"),busy:t("disable"),danger:!0,fields:[],async send(){await post(routerPath(id2,"users/disable"),
bodyOf(user),{limit:limits.router}),close(),toast(t("disabledUser",{name:user.name}))}})}function tools(id2,tool,address3,iface){return[mayChange()&&address3()&&
["ping",t("ping"),()=>tool.ping(address3())],mayChange()&&iface()&&["torch",t("torch"),()=>tool.torch(iface())]]}function interfaceSheet(id2,first,closed){return rowSheet(
id2,first,closed,{graph:new InterfaceGraph(id2,first),title:row=>row.name,about:row=>[row.type,row.comment].filter(Boolean).join(" \xB7 "),facts:row=>[[t("rx"),
rate(row["rx-bits-per-second"])],[t("tx"),rate(row["tx-bits-per-second"])],[t("mac"),row["mac-address"]],[t("comment"),row.comment]],buttons:({current,tool})=>[
...tools(id2,tool,()=>"",()=>current().name),["log",t("logOf"),()=>{location.hash=href({id:id2,tab:"log",q:current().name})}]]})}function radioSheet(id2,first,closed){
return rowSheet(id2,first,closed,{title:row=>row.name,about:row=>[row.driver,row.ssid,row.interface,uptimeOf(row)].filter(Boolean).join(" \xB7 "),facts:row=>[[t(
"signal"),signalText(row)],[t("txRate"),row.txRate],[t("rxRate"),row.rxRate],[t("address"),row.address],[t("mac"),row.mac],[t("comment"),row.comment]],buttons:({
current,tool})=>[...tools(id2,tool,()=>current().address,()=>""),["log",t("logOf"),()=>{location.hash=href({id:id2,tab:"log",q:current().mac})}]]})}function leaseSheet(id2,first,closed){
return rowSheet(id2,first,closed,{title:leaseName,about:row=>[row.status,row.server].filter(Boolean).join(" \xB7 "),facts:row=>[[t("address"),leaseAddress(row)],
[t("mac"),row["mac-address"]],[t("comment"),row.comment]],buttons:({current,tool})=>[...tools(id2,tool,()=>leaseAddress(current()),()=>""),["log",t("logOf"),()=>{
location.hash=href({id:id2,tab:"log",q:current()["mac-address"]})}]]})}var command_exports={};__export(command_exports,{Cannot:()=>Cannot,words:()=>words});var flags=new Set("active blocked bound complete dead default disabled dynamic expired inactive invalid published radius running slave static".split(" ")),negative="\
?#!";function queries(scan,cannot2){let out3=[];for(;!scan.end();)scan.at(/^=/)?out3.push(scan.verbatim()):out3.push(...either(scan,cannot2,!0));return out3.length===
0&&cannot2("where"),out3}var andWord=/^(?:&&|and(?=[\s(]|$))/i,orWord=/^(?:\|\||or(?=[\s(]|$))/i;function either(scan,cannot2,top=!1){let list3=both(scan,cannot2);
for(;!scan.end()&&scan.take(orWord);)list3=[[...join(list3),...join(both(scan,cannot2)),"?#|"]];return top?list3.flat():join(list3)}function both(scan,cannot2){
let list3=[condition(scan,cannot2)];for(;!scan.end()&&!scan.at(/^[)=]/)&&!scan.at(orWord);)scan.take(andWord),list3.push(condition(scan,cannot2));return list3}var join=list3=>list3.
flatMap((words2,i)=>i===0?words2:[...words2,"?#&"]);function condition(scan,cannot2){if(scan.end()&&cannot2("where"),scan.at(/^\?/))return[scan.verbatim()];if(scan.
take(/^(?:!|not(?=[\s(]|$))/i))return not(condition(scan,cannot2));if(scan.take(/^\(/)){let inside=either(scan,cannot2);return(scan.end()||!scan.take(/^\)/))&&cannot2(
"where"),inside}let name2=scan.take(/^"?\.?[a-z0-9][\w.-]*"?/i)?.replaceAll('"',"");return name2||cannot2(scan.at(/^\[/)?"find":scan.at(/^[$]/)?"variable":scan.
at(/^[:;{]/)?"script":"where"),compare(name2,scan,cannot2)}function compare(name2,scan,cannot2){scan.at(/^\s*(?:~|!~)/)&&cannot2("regex"),scan.at(/^\s+in\s|^->/)&&
cannot2("compare");let operator=scan.take(/^(?:!=|<=|>=|=|<|>)|^\s+(?:!=|<=|>=|=|<|>)\s+/)?.trim();if(!operator)return scan.at(/^[^\s)&|]/)&&cannot2("where"),[flags.
has(name2)?`?${name2}=true`:`?${name2}`];scan.at(/^\[/)&&cannot2("find"),scan.at(/^[({]/)&&cannot2("script");let value=scan.value(/^(?:[\s)]|&&|\|\|)/);switch(operator){case"\
=":return[`?${name2}=${value}`];case"!=":return not([`?${name2}=${value}`]);case"<=":return[`?>${name2}=${value}`,negative,`?${name2}`,"?#&"];case">=":return[`?\
<${name2}=${value}`,negative,`?${name2}`,"?#&"];default:return[`?${operator}${name2}=${value}`]}}function not(words2){return words2.length===1&&/^\?[^=<>#-][^=]*$/.
test(words2[0])?["?-"+words2[0].slice(1)]:words2.at(-1)===negative?words2.slice(0,-1):[...words2,negative]}var escapes={n:`
`,r:"\r",t:"	",a:"\x07",b:"\b",f:"\f",v:"\v",_:" "},Scanner=class{constructor(text,cannot2){this.rest=text,this.cannot=cannot2}end(){return this.rest=this.rest.
trimStart(),this.rest===""}at(pattern){return pattern.test(this.rest)}take(pattern){let m=pattern.exec(this.rest);return m&&(this.rest=this.rest.slice(m[0].length)),
m&&m[0]}peek(){return/^\S*/.exec(this.rest)[0]}verbatim(){return this.#read(/^\s/,!1)}value(ends=/^\s/){return this.#read(ends,!0)}#read(ends,terminal){let text="";
for(;this.rest!==""&&!ends.test(this.rest);){let c=this.rest[0];this.rest=this.rest.slice(1),c==='"'?text+=this.#quoted(terminal):terminal&&c==="\\"?text+=this.#escape():
(terminal&&c===";"&&this.cannot("script"),terminal&&c==="$"&&this.cannot("variable"),text+=c)}return text}#quoted(terminal){let text="";for(;;){this.rest===""&&
this.cannot("quote");let c=this.rest[0];if(this.rest=this.rest.slice(1),c==='"')return text;terminal&&c==="$"&&/^[\w("[]/.test(this.rest)&&this.cannot("variable"),
text+=c==="\\"?this.#escape():c}}#escape(){let hex=/^[0-9A-F]{2}(?:\\[0-9A-F]{2})*/.exec(this.rest)?.[0];if(hex){this.rest=this.rest.slice(hex.length);let bytes2=Uint8Array.
from(hex.split("\\"),pair=>parseInt(pair,16));try{return new TextDecoder("utf-8",{fatal:!0,ignoreBOM:!0}).decode(bytes2)}catch{return String.fromCharCode(...bytes2)}}
let c=this.rest.slice(0,1);return this.rest=this.rest.slice(1),escapes[c]??c}};var Cannot=class extends Error{};function cannot(reason){throw new Cannot(t("cannot."+reason))}var verbs=new Set("print listen add set remove get getall find en\
able disable move comment export monitor monitor-traffic ping torch traceroute bandwidth-test reset reset-counters reset-counters-all reboot shutdown run fetch \
flush cancel make-static release renew scan unset upgrade check-for-updates install sniff test dns-resolve resolve reset-configuration apply-changes downgrade r\
equest-logout login logout send save load create sign import check-installation power-cycle blink wol flood-ping mac-scan ip-scan profile quick beep uptime".split(
" ")),common=new Set(["print","listen","add","set","remove","get","getall","find","enable","disable","export"]),unnamed={ping:"address","flood-ping":"address",traceroute:"\
address","bandwidth-test":"address","monitor-traffic":"interface",torch:"interface",scan:"numbers",monitor:"numbers",resolve:"domain-name",fetch:"url",quick:"in\
terface"},second={move:"destination",get:"value-name",unset:"value-name"},onItems=new Set("set remove get enable disable move comment unset reset-counters make-\
static release renew run cancel request-logout sign power-cycle blink".split(" ")),flags2=new Set("once detail stats follow follow-only terse brief count-only w\
ithout-paging as-value value-list".split(" "));function words(line2){let scan=new Scanner(line2.trim().replace(/^\[[^\]]*@[^\]]*\]\s*(?:<SAFE>\s*)?(\/[^>]*)?>\s*/,
(_,menu2)=>menu2?menu2+" ":""),cannot);if(scan.at(/^#/))return[];let{path,verb}=pathOf2(scan);if(path.length===0)return[];verb==="find"&&cannot("find");let args=[];
for(;!scan.end();)scan.at(/^[=?]/)?args.push(scan.verbatim()):scan.take(/^where(?=\s|\(|$)/)?args.push(...queries(scan,cannot)):addArgument(args,scan,verb);return[
"/"+path.join("/"),...args]}function pathOf2(scan){let path=[],verb="";for(;!scan.end()&&scan.at(/^\/?[a-z0-9][a-z0-9/-]*(?=\s|$)|^\/(?=\s|$)/i)&&!(verb&&!common.
has(scan.peek())||(path.push(...scan.verbatim().split("/").filter(Boolean)),path.at(-1)==="pr"&&(path[path.length-1]="print"),verb=verbs.has(path.at(-1))?path.at(
-1):"",common.has(verb))););return path.length===0&&!scan.end()&&cannot(scan.at(/^[:;${}[(]/)?"script":"where"),{path,verb}}function addArgument(args,scan,verb){
scan.at(/^\[/)&&cannot("find"),scan.at(/^[:;{}(]/)&&cannot("script");let name2=scan.take(/^\.?[a-z0-9][\w.-]*(?==|~|!=)/i);if(name2===null)return args.push(...unnamedWord(
args,verb,scan.value()));scan.take(/^=/)||cannot(scan.at(/^~/)?"regex":"where"),scan.at(/^\[/)&&cannot("find"),scan.at(/^[({]/)&&cannot("script");let value=scan.
value();name2==="numbers"&&rowNumbers.test(value)&&cannot("rownumber"),args.push(`=${verb==="print"&&name2==="proplist"?".proplist":name2}=${value}`)}var rowNumbers=/^\d+(,\d+)*$/;
function unnamedWord(args,verb,word){let has3=(...names)=>names.some(name2=>args.some(a=>a.startsWith(`=${name2}=`)));return flags2.has(word)?[`=${word}=`]:unnamed[verb]?
has3(unnamed[verb])?[`=${word}=`]:[`=${unnamed[verb]}=${word}`]:onItems.has(verb)?has3(".id","numbers")?[second[verb]&&!has3(second[verb])?`=${second[verb]}=${word}`:
`=${word}=`]:(rowNumbers.test(word)&&cannot("rownumber"),[(word.includes(",")&&verb!=="remove"?"=numbers=":"=.id=")+word]):[`=${word}=`]}var known5=new Map,silent2=new Set,shown2=12;function inspect(id2,request2,path){if(silent2.has(id2))return Promise.resolve([]);let key2=[id2,request2,path].join(
" ");return known5.has(key2)||known5.set(key2,ask3(id2,request2,path).catch(failure=>(known5.delete(key2),(failure.code==="router_refused"||failure.code==="comm\
and_denied")&&silent2.add(id2),[]))),known5.get(key2)}async function ask3(id2,request2,path){let rows=[];return await run(id2,["/console/inspect","=request="+request2,
"=path="+path],row=>rows.push(row)),rows}function partsOf(line2){let last=/[^\s/]*$/.exec(line2)[0],before=line2.slice(0,line2.length-last.length);return{before,
last,words:before.split(/[\s/]+/).filter(Boolean)}}async function completions(id2,line2){let{before,last,words:words2}=partsOf(line2),path=words2.filter(word=>!/[=?]/.
test(word)),value=/^([a-z][\w.-]*)=(.*)$/i.exec(last);return value?(await inspect(id2,"completion",[...path,value[1]].join())).map(row=>row.completion??"").filter(
text=>text.startsWith(value[2])&&text!==value[2]).slice(0,shown2).map(text=>`${before}${value[1]}=${text} `):(await inspect(id2,"child",path.join())).filter(({name:name2=""})=>name2.
startsWith(last)&&name2!=="").slice(0,shown2).map(({name:name2,"node-type":kind})=>before+name2+(kind==="arg"?"=":" "))}var kept4=50,secret=/pass|secret|psk|key|token/i,list2=stored();function stored(){try{let lines2=JSON.parse(remembered("commands")??"[]");return Array.isArray(lines2)?
lines2.filter(line2=>typeof line2=="string"):[]}catch{return[]}}var recent=()=>list2;function typed(line2){list2=[line2,...list2.filter(other=>other!==line2)].slice(
0,kept4),remember("commands",JSON.stringify(list2.filter(other=>!secret.test(other))))}function forgetTyped(){list2=[],remember("commands","[]")}var examples=["/interface print","/ip address print","/system resource print","/interface monitor-traffic interface=ether1","/ping address=127.0.0.1"],pause2=250,
old=5;function suggestions(id2,input,took){let node=el("div",{class:"chips",role:"group","aria-label":t("suggestions")}),timer4=0,asked4="";function take2(line2){
input.value=line2,input.focus(),took(),update()}let show3=list3=>node.replaceChildren(...list3.map(([line2,text])=>el("button",{class:"chip code",type:"button",
text,on:{click:()=>take2(line2)}})));function update(){if(clearTimeout(timer4),asked4=input.value,!asked4.trim())return show3([...new Set([...recent().slice(0,old),
...examples])].map(line2=>[line2,line2]));timer4=setTimeout(look,pause2)}async function look(){let line2=asked4,found=await completions(id2,line2);line2===asked4&&
show3(found.map(whole=>[whole,whole.slice(partsOf(line2).before.length).trim()]))}function keydown(event){event.key!=="Tab"||event.shiftKey||!input.value.trim()||
!node.firstChild||(event.preventDefault(),node.firstChild.click())}return input.addEventListener("input",update),input.addEventListener("keydown",keydown),update(),
{node,update,close:()=>clearTimeout(timer4)}}var maxRows=5e3,arrivals=new WeakMap,uncertain=new Set(["offline","no_answer","router_unreachable","timeout","reply_too_large","too_much_in_flight"]);function terminalView(id2){
if(!may("run"))return{node:el("p",{class:"muted nothing",text:t("mayNotRun")}),close(){}};let stop3=null,grid=null,place=-1,input=el("input",{id:"command",placeholder:t(
"commandHint"),autocomplete:"off",autocapitalize:"none",spellcheck:"false",class:"code",on:{input:preview,keydown:browseHistory}}),button=el("button",{class:"pr\
imary",type:"submit"}),offers=suggestions(id2,input,preview),sent=el("p",{class:"muted small code"}),curl=el("button",{class:"quiet small",type:"button",hidden:!0,
on:{click:()=>copyText(curlOf(id2,parsed()??[]))}},icon("copy"),t("copyCurl")),status=el("p",{role:"status",class:"small"}),error=el("div",{role:"alert"}),answer=el(
"div",{class:"answer"}),node=el("div",{class:"terminal"},el("form",{on:{submit}},el("label",{for:"command",text:t("command")}),el("div",{class:"prompt"},input,button)),
offers.node,el("div",{class:"row"},sent,curl),status,error,answer);label2();function label2(){button.replaceChildren(icon(stop3?"stop":"play"),t(stop3?"stop":"r\
un")),button.className=stop3?"danger":"primary"}function parsed(refused=()=>{}){try{return words(input.value)}catch(cannot2){if(!(cannot2 instanceof Cannot))throw cannot2;
return refused(cannot2),null}}function preview(){let list3=parsed()??[];setText(sent,list3.length>0?t("sentAs")+"  "+list3.join("  "):""),curl.hidden=list3.length===
0}function browseHistory(event){let step={ArrowUp:1,ArrowDown:-1}[event.key];!step||recent().length===0||(event.preventDefault(),place=Math.max(-1,Math.min(recent().
length-1,place+step)),input.value=recent()[place]??"",preview())}async function submit(event){if(event.preventDefault(),stop3)return stop3.abort();let args=parsed(
showCannot);if(args?.length===0)return input.focus();if(typed(input.value.trim()),place=-1,args!==null){if(restarting(args))return clear2(),openRestart(id2,args,
note2=>setText(status,note2));stop3=new AbortController,label2(),await execute(args,stop3),stop3=null,label2()}}function clear2(){error.replaceChildren(),setText(
status,""),grid?.close(),grid=null,answer.replaceChildren()}function showCannot(cannot2){clear2(),error.replaceChildren(el("div",{class:"failure",data:{code:"ca\
nnot"}},icon("warn"),el("div",{},el("p",{class:"what",text:t("cannotTitle")}),el("p",{text:cannot2.message}))))}async function execute(args,control){let{signal}=control,
gone2=goneSignal(),leave2=()=>control.abort(gone2.reason);gone2.addEventListener("abort",leave2);let rows=new Map,out3=answerTable(answer,()=>grid,g=>{grid?.close(),
grid=g}),progress=()=>t("runs",{n:count,count:number(count)}),count=0,timer4=0;out3.clear(),error.replaceChildren();let show3=()=>{timer4=0,out3.show(rows),setText(
status,progress())};setText(status,progress());let end=text=>{clearTimeout(timer4),out3.show(rows),setText(status,text+(count>maxRows?" "+t("onlyNewest",{count:number(
maxRows)}):""))};try{let done=await run(id2,args,row=>{arrivals.set(row,count),rows.set(String(count++),row),rows.size>maxRows&&rows.delete(rows.keys().next().value),
timer4||=setTimeout(show3,150)},signal);end(done.ret===void 0?t("done",{n:count,count:number(count)}):t("doneValue",{value:done.ret}))}catch(failure){if(failure.
name==="AbortError")return end(t("stopped",{n:count,count:number(count)}));end(t("failed")),showFailure(error,failure,uncertain.has(failure.code)&&t("mayHaveRun"))}finally{
gone2.removeEventListener("abort",leave2)}}return{node,close(){offers.close(),stop3?.abort(),grid?.close()}}}function curlOf(id2,args){let quoted=text=>"'"+text.
replaceAll("'","'\\''")+"'";return`curl -sS -X POST ${quoted(url("run").href)} -H "X-API-Key: $MIKRONEC_KEY" -H 'Content-Type: application/json' -d ${quoted(JSON.
stringify({router_id:id2,args}))}`}function answerTable(place,current,replace){let names=[];return{clear(){names=[],replace(null),place.replaceChildren()},show(rows){
let before=names.length;for(let row of rows.values())for(let name2 of Object.keys(row))names.includes(name2)||names.push(name2);if(names.length!==0){if(names.length>
before){let arrival={key:"#",label:"#",width:"64px",end:!0,text:row=>number(arrivals.get(row)+1),order:row=>arrivals.get(row)};replace(new Grid({label:t("result"),
empty:"",sort:"#",columns:[arrival,...names.map(name2=>({key:name2,label:name2,width:`minmax(${Math.max(140,48+8*name2.length)}px, 1fr)`,text:row=>row[name2]??""}))]})),
place.replaceChildren(current().node)}current().update(rows)}}}}function routerTabs(id2){let users=new Users(id2);return[tableTab(id2,{key:"users",label:t("usersShort"),topics:["ppp_active","hotspot_active","top_users"],volatile:[
"top_users"],table:userTable(),sort:"down",rows:()=>users.rows(),inSight:(rows,q)=>users.want(rows,q),count:r=>usersOf(r),sheet:userSheet,empty:t("emptyTable"),
marks:{added:t("userAdded"),removed:t("userRemoved")}}),tableTab(id2,{key:"interfaces",label:t("interfaces"),topics:["static_interfaces"],table:interfaceTable(),
sort:"name",more:{label:t("sessionInterfaces"),topics:["interfaces"],volatile:["interfaces"]},rows:()=>table(id2,has2(id2,"interfaces")?"interfaces":"static_int\
erfaces"),sheet:interfaceSheet,empty:t("noData"),marks:{added:t("rowAdded"),removed:t("rowRemoved")}}),tableTab(id2,{key:"dhcp",label:t("dhcp"),topics:["dhcp_le\
ases"],table:leaseTable(),sort:"name",rows:()=>table(id2,"dhcp_leases"),sheet:leaseSheet,empty:t("noLeases"),marks:{added:t("rowAdded"),removed:t("rowRemoved")}}),
tableTab(id2,{key:"wireless",label:t("wireless"),topics:radios,volatile:radios,table:radioTable(),sort:"signal",rows:()=>radioRows(id2),sheet:radioSheet,empty:t(
"noRadio"),marks:{added:t("rowAdded"),removed:t("rowRemoved")}}),listTab(id2,"sessions",t("events"),sessionList()),listTab(id2,"log",t("log"),logList()),terminalTab(
id2)]}function tableTab(id2,{key:key2,label:label2,topics:topics2,volatile=[],more,table:table2,sort,rows,inSight,count,sheet,empty,marks}){let open2=null,shown3=!1,
wanted="",grid=new Grid({label:label2,...table2,sort,empty,marks,open:(row,row_)=>show3(row_),searched:q=>note({q:q.trim()})});function show3(row){let found=rows().
get(row);if(wanted=found?"":row,!found||open2?.row===row)return;open2?.sheet.close();let opened={row,sheet:sheet(id2,found,closed)};open2=opened,note({row});function closed(){
open2===opened&&(open2=null,note({row:""}))}}let tab={key:key2,label:label2,topics:topics2,volatile,node:grid.node,show:show3,asked(){},count:()=>count?number(count(
routers.get(id2))):topics2.some(topic=>has2(id2,topic))?number(rows().size):"",update(){if(!topics2.some(topic=>has2(id2,topic)))return;let further=!!more?.topics.
some(topic=>has2(id2,topic));further!==shown3&&grid.restart(),shown3=further;let all=rows();grid.update(all),wanted&&show3(wanted),open2?.sheet.update(all.get(open2.
row))},refresh(){grid.refresh(),inSight?.(grid.inSight(),grid.search.value.trim()),open2?.sheet.update(rows().get(open2.row))},find:q=>grid.find(q),close(){open2?.
sheet.close(),grid.close()}};if(more){let box=el("input",{type:"checkbox",on:{change:()=>{[tab.topics,tab.volatile]=box.checked?[[...topics2,...more.topics],[...volatile,
...more.volatile]]:[topics2,volatile],tab.asked(tab)}}});grid.add(el("label",{class:"check small more"},box,el("span",{text:more.label})))}return tab}function listTab(id2,key2,label2,list3){
let history3=historyOf(id2)[key2];return list3.addAll(history3),{key:key2,label:label2,topics:[],volatile:[],node:list3.node,count:()=>"",update(){},refresh(){},
show(){},close(){},find:q=>list3.find(q),event(e){if(e.topic===key2){if(e.type==="lines"){recall(history3,e.lines),list3.replace(history3);return}record(history3,
e),list3.add(e)}},reset:e=>e.topic===key2&&list3.add({...e,gap:!0})}}function terminalTab(id2){let terminal=terminalView(id2);return{key:"terminal",label:t("ter\
minal"),topics:[],volatile:[],node:terminal.node,count:()=>"",update(){},refresh(){},find(){},show(){},close:()=>terminal.close()}}function tabs2(label2,list3,chosen){let counts=new Map,buttons=list3.map(({key:key2,label:text})=>{let number2=el("span",{class:"count"});return counts.set(key2,
number2),el("button",{type:"button",role:"tab",id:"tab-"+key2,"aria-controls":"panel-"+key2,data:{key:key2},on:{click:()=>chosen(key2),keydown}},el("span",{text}),
number2)}),panels=list3.map(({key:key2,node:node2})=>el("div",{role:"tabpanel",id:"panel-"+key2,"aria-labelledby":"tab-"+key2},node2)),strip=el("div",{class:"ta\
blist",role:"tablist","aria-label":label2},buttons);function open2(key2){for(let[i,button]of buttons.entries()){let mine=list3[i].key===key2;button.setAttribute(
"aria-selected",String(mine)),button.tabIndex=mine?0:-1,panels[i].hidden=!mine,mine&&(strip.scrollLeft=button.offsetLeft-(strip.clientWidth-button.offsetWidth)/
2)}}function keydown(event){let step={ArrowRight:1,ArrowLeft:-1}[event.key],place=buttons.indexOf(event.currentTarget),next={Home:0,End:buttons.length-1}[event.
key]??(step&&(place+step+buttons.length)%buttons.length);next!==void 0&&(event.preventDefault(),buttons[next].focus(),chosen(list3[next].key))}return{node:el("d\
iv",{class:"tabs"},strip,panels),open:open2,setCount:(key2,text)=>setText(counts.get(key2),text)}}var always=["static_interfaces","sessions","log"],draw=()=>{};onTheme(()=>draw());function routerView(main2,route){let{id:id2}=route;document.title=id2+" \xB7 Mikr\
onec";let shown3=null,at2=route;function refresh2(){let known6=routers.has(id2);shown3&&known6===shown3.known||(shown3?.end(),main2.replaceChildren(),main2.dataset.
router=known6?id2:"",shown3={known:known6,...known6?open(main2,at2):missing(main2,id2)})}let stop3=onChange((ids,listChanged2)=>listChanged2&&refresh2());return refresh2(),
{follow(next){return next.view!=="router"||next.id!==id2?!1:(at2=next,shown3.follow?.(next),!0)},end(){stop3(),shown3.end(),delete main2.dataset.router}}}function missing(main2,id2){
return main2.append(el("a",{class:"back",href:"#/"},icon("back"),t("back")),el("div",{class:"empty",role:"status"},el("h1",{text:t("unknownRouter",{id:id2})}),el(
"p",{class:"muted",text:t("unknownRouterHint")}))),{end(){}}}function open(main2,route){let{id:id2}=route,head=headOf(id2),figures2=new Figures(id2),list3=routerTabs(
id2),bar=tabs2(t("tables"),list3,key2=>{location.hash=href({id:id2,tab:key2})});for(let other of list3)other.asked=()=>other===tab&&watch2();let tabOf=key2=>list3.
find(tab2=>tab2.key===key2)??list3[0],onDemand=new Set,tab=tabOf(route.tab),stream2=null;main2.append(head.node,figures2.node,bar.node);let lasting=streamOf(always,
["static_interfaces"]);function streamOf(topics2,volatile){return new Stream({routers:id2,topics:topics2,mode:"delta",volatile},{state(){},event(e,at2){if(e.topic){
if(e.topic==="sessions"||e.topic==="log")return list3.forEach(other=>other.event?.(e));receive(e,at2),e.topic==="static_interfaces"&&figures2.addRates(table(id2,
"static_interfaces"),at2)}},named(name2,e){if(name2==="reset")for(let other of list3)other.reset?.(e)}})}function watch2(){stream2?.close();let topics2=tab.topics.
filter(topic=>!always.includes(topic));for(let topic of topics2)onDemand.add(topic);for(let topic of onDemand)topics2.includes(topic)||tables.delete(id2,topic);
stream2=topics2.length>0?streamOf(topics2,tab.volatile):null}function follow2(next){let left=tab;tab=tabOf(next.tab),bar.open(tab.key),tab!==left&&(left.find(""),
watch2()),tab.find(next.q),next.row&&tab.show(next.row),tab.update()}function update(ids){let r=routers.get(id2);if(!(!ids.has(id2)||!r)){head.update();for(let other of list3)
bar.setCount(other.key,other.count());for(let node of[bar.node,figures2.node])node.classList.toggle("old",r.state!=="up");tab.update()}}bar.open(tab.key),watch2();
let stop3=onChange(update);draw=()=>figures2.draw();let tick2=setInterval(()=>{figures2.draw();for(let open2 of[lasting,stream2])open2?.check();head.update(),tab.
refresh()},1e3);return follow2(route),update(new Set([id2])),draw(),{follow:follow2,end(){stop3(),clearInterval(tick2);for(let open2 of[lasting,stream2])open2?.
close();for(let other of list3)other.close();for(let topic of[...always,...onDemand])tables.delete(id2,topic);draw=()=>{}}}}var addresses={offline:new URL("sw.js",import.meta.url).href},policy=globalThis.trustedTypes?.createPolicy("mikronec-worker",{createScriptURL:name2=>addresses[name2]}),
script=name2=>policy?.createScriptURL(name2)??addresses[name2];function signInView(main2,enter2){document.title=t("signInTitle")+" \xB7 Mikronec";let key2=el("input",{id:"key",type:"password",autocomplete:"current-password",
required:!0,spellcheck:"false",autocapitalize:"none","aria-describedby":"signin-error"}),keep=el("select",{id:"keep"},[["",t("keepNot")],["tab",t("keepTab")],["\
device",t("keepDevice")]].map(([value,text])=>el("option",{value,text}))),show3=el("input",{id:"show-key",type:"checkbox",on:{change:()=>{key2.type=show3.checked?
"text":"password"}}}),error=el("div",{id:"signin-error",role:"alert"}),button=el("button",{class:"primary",type:"submit",text:t("signIn")}),form=el("form",{class:"\
panel signin",on:{submit}},el("h1",{text:t("signInTitle")}),el("p",{class:"muted",text:t("signInLead")}),el("label",{for:"key",text:t("apiKey")}),key2,el("p",{class:"\
check"},show3,el("label",{for:"show-key",text:t("showKey")})),el("label",{for:"keep",text:t("keepKey")}),keep,error,button);async function submit(event){event.preventDefault(),
error.replaceChildren(),button.disabled=!0,button.textContent=t("signingIn");try{await enter2(key2.value.trim(),keep.value)}catch(failure){button.disabled=!1,button.
textContent=t("signIn"),showFailure(error,failure),key2.focus()}}let failed=event=>showFailure(error,event.detail);return main2.addEventListener("failure",failed),
main2.append(form),key2.focus(),{end:()=>main2.removeEventListener("failure",failed)}}var main=document.querySelector("#main"),language2=document.querySelector("#language"),themeButton=document.querySelector("#theme"),share=document.querySelector(
"#share"),out2=document.querySelector("#signout"),alarms=bell(),view=null,invited="";function show2(){view?.end(),document.querySelector("dialog")?.close(),main.
replaceChildren(),showPrincipal(),alarms.node.hidden=!signedIn(),alarms.show(),setShare(share);let route=routeOf();invited?view=inviteView(main,invited,enter,begin2):
signedIn()?view=route.view==="router"?routerView(main,route):fleetView(main):view=signInView(main,enter)}async function enter(key2,keep){signedIn()&&forget(),await signIn(
key2,keep),invited="",start2(streamState),show2()}function streamState(name2,failure){if(name2==="refused")return leave(failure.code==="unauthorized"?new Failure(
"key_ended","",401):failure);if(name2==="served")return showPrincipal();showStreamState(name2,failure),name2==="resumed"&&checkRole()}async function checkRole(){
try{await refreshPrincipal()&&show2()}catch{}}function forget(){stop2(),signOut(),forgetTyped(),clear(),showStreamState("none")}function leave(failure){forget(),
show2(),failure instanceof Failure&&main.dispatchEvent(new CustomEvent("failure",{detail:failure}))}function label(){translate(),language2.value=currentLanguage();
let text=key2=>Object.assign(document.createElement("span"),{textContent:key2});out2.replaceChildren(icon("out"),text(t("signOut"))),setShare(share),themeButton.
replaceChildren(icon(theme()==="dark"?"sun":"moon"),text(t("switchTheme")))}function start3(){startTheme(),onTheme(label),themeButton.addEventListener("click",switchTheme),
document.querySelector("#signals").append(alarms.node);let button=document.querySelector("#menu");button.append(icon("menu")),opens(button,document.querySelector(
"#settings")),language2.addEventListener("change",()=>setLanguage(language2.value)),onLanguage(()=>{label(),showBanner(),show2()}),share.addEventListener("click",
()=>openShare()),out2.addEventListener("click",()=>leave()),document.querySelector(".skip").addEventListener("click",event=>{event.preventDefault(),main.focus()}),
history.scrollRestoration="manual",addEventListener("hashchange",follow),navigator.serviceWorker?.register(script("offline"),{scope:"./"}).catch(()=>{}),label(),
begin2()}function follow(){if(/^#(key|invite)=/.test(location.hash))return begin2();view?.follow?.(routeOf())||(show2(),signedIn()&&main.focus({preventScroll:!0}),
routeOf().view!=="fleet"&&scrollTo(0,0))}async function begin2(){if(invited=invitation(),invited||signedIn()&&!/^#key=/.test(location.hash))return show2();let{key:key2,
keep,refused}=savedKey();try{if(key2&&!refused)return await enter(key2,keep)}catch(failure){show2(),main.dispatchEvent(new CustomEvent("failure",{detail:failure}));
return}show2(),refused&&main.dispatchEvent(new CustomEvent("failure",{detail:new Failure("key_in_link")}))}start3();export{alerts_exports as alerts,command_exports as command,en,failure_exports as failure,feed_exports as feed,format_exports as format,i18n_exports as i18n,id,session_exports as session,
store_exports as store};
